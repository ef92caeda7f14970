"""Graph -> .tflite: schema version 3, the same bytes for the same graph.

Written are the tensors, the operators and what they need; no metadata. Equal constants share one buffer, buffer 0 is
empty and belongs to all computed tensors.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np

import tflite
from lilliput.errors import UnsupportedError
from lilliput.ir import DType, Graph, Node, Quantization, Tensor
from lilliput.tflite.operators import operator_code, write_options, write_table

_SCHEMA_VERSION = 3
_BUFFER_ALIGNMENT = 16
_LARGEST_OLD_CODE = tflite.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES


def write(graph: Graph) -> bytes:
    """The graph as a .tflite file that TensorFlow Lite and TensorFlow Lite Micro load.

    Raises UnsupportedError for tensors whose type has no number in the schema.
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
    builder = flatbuffers.Builder(1024)
    buffers = _offsets(builder, [_buffer(builder, content) for content in contents])
    subgraphs = _offsets(builder, [_subgraph(builder, graph, contents, codes)])
    operator_codes = _offsets(builder, [_operator_code(builder, *code) for code in codes])
    fields = {"Version": _SCHEMA_VERSION, "OperatorCodes": operator_codes, "Subgraphs": subgraphs, "Buffers": buffers}
    builder.Finish(write_table(builder, "Model", fields), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _offsets(builder: Any, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _numbers(builder: Any, values: Iterable[int | float], numpy_type: str) -> int:
    return builder.CreateNumpyVector(np.array(tuple(values), numpy_type))


def _content(tensor: Tensor) -> bytes:
    return b"" if tensor.data is None else tensor.data.tobytes()


def _buffer(builder: Any, content: bytes) -> int:
    if not content:
        return write_table(builder, "Buffer", {})
    builder.Prep(_BUFFER_ALIGNMENT, len(content))
    return write_table(builder, "Buffer", {"Data": builder.CreateByteVector(content)})


def _operator_code(builder: Any, operator: str, version: int) -> int:
    code, custom_name = operator_code(operator)
    fields = {"DeprecatedBuiltinCode": min(code, _LARGEST_OLD_CODE), "BuiltinCode": code, "Version": version}
    if custom_name:
        fields["CustomCode"] = builder.CreateString(custom_name)
    return write_table(builder, "OperatorCode", fields)


def _subgraph(builder: Any, graph: Graph, buffers: Mapping[bytes, int], codes: Mapping[tuple[str, int], int]) -> int:
    tensors = [_tensor(builder, tensor, buffers[_content(tensor)]) for tensor in graph.tensors]
    operators = [_operator(builder, node, codes[node.operator, node.version]) for node in graph.nodes]
    fields = {
        "Tensors": _offsets(builder, tensors),
        "Inputs": _numbers(builder, graph.inputs, "<i4"),
        "Outputs": _numbers(builder, graph.outputs, "<i4"),
        "Operators": _offsets(builder, operators),
        "Name": builder.CreateString("main"),
    }
    return write_table(builder, "SubGraph", fields)


def _tensor(builder: Any, tensor: Tensor, buffer: int) -> int:
    fields = {
        "Shape": _numbers(builder, tensor.shape, "<i4"),
        "Type": getattr(tflite.TensorType, tensor.dtype.value),
        "Buffer": buffer,
        "Name": builder.CreateString(tensor.name),
        "IsVariable": tensor.is_variable,
    }
    if tensor.quantization is not None:
        fields["Quantization"] = _quantization(builder, tensor.quantization)
    return write_table(builder, "Tensor", fields)


def _quantization(builder: Any, quantization: Quantization) -> int:
    fields = {
        "Scale": _numbers(builder, quantization.scales, "<f4"),
        "ZeroPoint": _numbers(builder, quantization.zero_points, "<i8"),
        "QuantizedDimension": quantization.axis,
    }
    return write_table(builder, "QuantizationParameters", fields)


def _operator(builder: Any, node: Node, code: int) -> int:
    fields = {
        "OpcodeIndex": code,
        "Inputs": _numbers(builder, node.inputs, "<i4"),
        "Outputs": _numbers(builder, node.outputs, "<i4"),
        **write_options(builder, node.operator, node.options),
    }
    return write_table(builder, "Operator", fields)
