"""Graph -> .tflite: schema version 3, the same bytes for the same graph.

Written are the tensors, the operators, what they need, and signatures; no metadata. What is equal is written once:
constants share buffers, tables and vectors share their place. Buffer 0 is empty and belongs to all computed tensors.
"""

from collections.abc import Collection, Mapping, Sequence

import tflite
from lilliput.errors import UnsupportedError
from lilliput.ir import DType, Graph, Node, Quantization, Tensor
from lilliput.tflite.builder import SharingBuilder
from lilliput.tflite.operators import operator_code, write_options
from lilliput.tflite.signatures import Signature

_SCHEMA_VERSION = 3
_IDENTIFIER = b"TFL3"
_LARGEST_OLD_CODE = tflite.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES
_BUFFER_TABLE_BYTES = 8

_Codes = Mapping[tuple[str, int], int]
"""(operator, version) -> its position in the file's list."""


def write(graph: Graph, signatures: Sequence[Signature] = ()) -> bytes:
    """The graph as a .tflite file that TensorFlow Lite and TensorFlow Lite Micro load.

    Tensors without a name take no bytes for it. Raises UnsupportedError for tensors whose type has no number in the
    schema.
    """
    unknown = [f'tensor "{tensor.name}" of type OTHER' for tensor in graph.tensors if tensor.dtype is DType.OTHER]
    if unknown:
        raise UnsupportedError(unknown, graph.source.name)
    contents = {b"": 0}
    for tensor in graph.tensors:
        contents.setdefault(_content(tensor), len(contents))
    codes: dict[tuple[str, int], int] = {}
    for node in graph.nodes:
        codes.setdefault((node.operator, node.version), len(codes))
    builder = SharingBuilder()
    fields = {
        "Version": _SCHEMA_VERSION,
        "Buffers": builder.references(_buffers(builder, contents)),
        "OperatorCodes": builder.references([_operator_code(builder, *code) for code in codes]),
        "Subgraphs": builder.references([_subgraph(builder, graph, contents, codes)]),
    }
    if signatures:
        fields["SignatureDefs"] = builder.references([_signature(builder, graph, each) for each in signatures])
    return builder.finish(builder.table("Model", fields), _IDENTIFIER)


def _content(tensor: Tensor) -> bytes:
    return b"" if tensor.data is None else tensor.data.tobytes()


def _buffers(builder: SharingBuilder, contents: Collection[bytes]) -> list[int]:
    """Write the buffers' contents, their tables into the gaps before aligned contents where they fit."""
    tables: list[int] = []
    data: list[int] = []

    def write_table() -> None:
        tables.append(builder.table("Buffer", {"Data": data[len(tables)]} if tables else {}))

    for content in contents:
        while len(tables) < len(data) and builder.padding(content) >= _BUFFER_TABLE_BYTES:
            write_table()
        data.append(builder.aligned(content) if content else 0)
    while len(tables) < len(data):
        write_table()
    return tables


def _operator_code(builder: SharingBuilder, operator: str, version: int) -> int:
    code, custom_name = operator_code(operator)
    fields = {"DeprecatedBuiltinCode": min(code, _LARGEST_OLD_CODE), "BuiltinCode": code, "Version": version}
    if custom_name:
        fields["CustomCode"] = builder.text(custom_name)
    return builder.table("OperatorCode", fields)


def _subgraph(builder: SharingBuilder, graph: Graph, buffers: Mapping[bytes, int], codes: _Codes) -> int:
    tensors = [_tensor(builder, tensor, buffers[_content(tensor)]) for tensor in graph.tensors]
    operators = [_operator(builder, node, codes[node.operator, node.version]) for node in graph.nodes]
    fields = {
        "Tensors": builder.references(tensors),
        "Inputs": builder.numbers(graph.inputs, "<i4"),
        "Outputs": builder.numbers(graph.outputs, "<i4"),
        "Operators": builder.references(operators),
    }
    return builder.table("SubGraph", fields)


def _tensor(builder: SharingBuilder, tensor: Tensor, buffer: int) -> int:
    fields = {
        "Shape": builder.numbers(tensor.shape, "<i4"),
        "Type": getattr(tflite.TensorType, tensor.dtype.value),
        "Buffer": buffer,
        "IsVariable": tensor.is_variable,
    }
    if tensor.name:
        fields["Name"] = builder.text(tensor.name)
    if tensor.quantization is not None:
        fields["Quantization"] = _quantization(builder, tensor.quantization)
    return builder.table("Tensor", fields)


def _quantization(builder: SharingBuilder, quantization: Quantization) -> int:
    fields = {
        "Scale": builder.numbers(quantization.scales, "<f4"),
        "ZeroPoint": builder.numbers(quantization.zero_points, "<i8"),
        "QuantizedDimension": quantization.axis,
    }
    return builder.table("QuantizationParameters", fields)


def _operator(builder: SharingBuilder, node: Node, code: int) -> int:
    fields = {
        "OpcodeIndex": code,
        "Inputs": builder.numbers(node.inputs, "<i4"),
        "Outputs": builder.numbers(node.outputs, "<i4"),
        **write_options(builder, node.operator, node.options),
    }
    return builder.table("Operator", fields)


def _signature(builder: SharingBuilder, graph: Graph, signature: Signature) -> int:
    inputs = [(name, graph.inputs[position]) for name, position in signature.inputs]
    outputs = [(name, graph.outputs[position]) for name, position in signature.outputs]
    fields = {
        "Inputs": _tensor_maps(builder, inputs),
        "Outputs": _tensor_maps(builder, outputs),
        "SignatureKey": builder.text(signature.key),
    }
    return builder.table("SignatureDef", fields)


def _tensor_maps(builder: SharingBuilder, tensors: Sequence[tuple[str, int]]) -> int:
    maps = ({"Name": builder.text(name), "TensorIndex": index} for name, index in tensors)
    return builder.references([builder.table("TensorMap", fields) for fields in maps])
