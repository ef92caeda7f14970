"""A .tflite file, or the C array that it was pasted into -> Graph.

Reads any sound model, supported or not. What comes out passes the graph checker; anything else ends in a `ModelError`
that says where the file contradicts itself. Only the first subgraph is read.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from flatbuffers.number_types import Int32Flags

import tflite
from lilliput.errors import ModelError, UnsupportedError, UsageError
from lilliput.ir import Graph, Node, Origin, Source, Tensor
from lilliput.ir.checker import check
from lilliput.tflite.carray import find_model
from lilliput.tflite.operators import operator_name, read_options
from lilliput.tflite.tables import BAD_FILE, Tables, reading
from lilliput.tflite.tensors import Buffers, read_tensor, shape_data

IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3


def read(path: Path | str) -> Graph:
    """Read a model from a file.

    Raises UsageError when there is no such file, ModelError when it cannot be read as a model.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError("there is no such file", str(path), "Check the path.")
    if path.is_dir():
        raise ModelError("this is a directory, not a model", str(path), "Name a .tflite file.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"the file cannot be read: {error.strerror}", str(path), "Check its permissions.") from error
    return read_bytes(data, path.name)


def read_bytes(data: bytes, name: str) -> Graph:
    """Read a model from a flatbuffer, or from the text of a C or C++ file that holds one as an array.

    `name` is what messages call the file. Raises ModelError when the file is damaged or contradicts itself, and
    UnsupportedError when it has another schema version.
    """
    if data[4:8] != IDENTIFIER:
        data = find_model(data, name)
    try:
        graph = _read_model(data, name)
    except ModelError as error:
        where = f"{name}, {error.where}" if error.where != name else name
        raise ModelError(error.fact, where, error.advice) from error
    check(graph)
    return graph


def _read_model(data: bytes, name: str) -> Graph:
    tables = Tables(len(data), name)
    with reading(name):
        model = tflite.Model.GetRootAs(data, 0)
        version = model.Version()
        subgraphs = tables.tables(model, "Subgraphs")
        codes = [_read_code(tables, code) for code in tables.tables(model, "OperatorCodes")]
        buffers = Buffers(tables, data, tables.tables(model, "Buffers"))
    if version != SCHEMA_VERSION:
        raise UnsupportedError([f"schema version {version}; Lilliput reads version {SCHEMA_VERSION}"], name)
    if not subgraphs:
        raise ModelError("the file has no subgraph, so nothing to compute", name, BAD_FILE)
    warnings: list[str] = []
    if len(subgraphs) > 1:
        warnings.append(f"the file has {len(subgraphs)} subgraphs; only the first is read")
    with reading("subgraph 0"):
        inputs = tables.integers(subgraphs[0], "Inputs")
        outputs = tables.integers(subgraphs[0], "Outputs")
        tensor_tables = tables.tables(subgraphs[0], "Tensors")
        operator_tables = tables.tables(subgraphs[0], "Operators")
    tensors: list[Tensor] = []
    for index, table in enumerate(tensor_tables):
        with reading(f"tensor {index}"):
            tensors.append(read_tensor(tables, buffers, table, index, warnings))
    nodes: list[Node] = []
    for index, table in enumerate(operator_tables):
        with reading(f"operator {index}"):
            nodes.append(_read_node(tables, table, index, codes, tensors, warnings))
    tensors = _fill_empty_constants(tensors, nodes, inputs)
    _check_flow(tensors, nodes, inputs, outputs)
    source = Source(name, hashlib.sha256(data).hexdigest(), len(data), buffers.constant_bytes, tuple(warnings))
    return Graph(source, tuple(tensors), tuple(nodes), inputs, outputs)


def _read_code(tables: Tables, table: Any) -> tuple[str, int]:
    """(name, version) of an operator code; old files have the code in an 8-bit field, new ones in a 32-bit field."""
    new_field = table._tab.Offset(10)  # the accessor BuiltinCode() hides codes below 127
    new_code = table._tab.Get(Int32Flags, table._tab.Pos + new_field) if new_field else 0
    code = max(new_code, table.DeprecatedBuiltinCode())
    return operator_name(code, tables.text(table.CustomCode())), table.Version()


def _read_node(
    tables: Tables,
    table: Any,
    index: int,
    codes: Sequence[tuple[str, int]],
    tensors: Sequence[Tensor],
    warnings: list[str],
) -> Node:
    code = table.OpcodeIndex()
    if code >= len(codes):
        raise ModelError(f"operator code {code} does not exist", f"operator {index}", BAD_FILE)
    name, version = codes[code]
    where = f"operator {index} ({name})"
    inputs = tables.integers(table, "Inputs")
    outputs = tables.integers(table, "Outputs")
    for tensor in inputs + outputs:
        if not (0 <= tensor < len(tensors) or (tensor == -1 and tensor not in outputs)):
            raise ModelError(f"tensor {tensor} does not exist (there are {len(tensors)})", where, BAD_FILE)
    if table.IntermediatesLength():
        warnings.append(f"{where} has intermediate tensors, which are not read")
    origin = Origin(index, tensors[outputs[0]].name if outputs else "")
    return Node(name, version, inputs, outputs, origin, read_options(tables, table))


def _fill_empty_constants(tensors: Sequence[Tensor], nodes: Sequence[Node], inputs: Sequence[int]) -> list[Tensor]:
    """Give a constant without elements, which the file cannot tell from a computed tensor, its empty array."""
    computed = {*inputs, *(tensor for node in nodes for tensor in node.outputs)}
    empty = np.zeros(0, np.uint8)
    return [
        replace(tensor, data=shape_data(empty, tensor.shape, tensor.dtype, tensor.name))
        if tensor.elements == 0 and tensor.data is None and index not in computed
        else tensor
        for index, tensor in enumerate(tensors)
    ]


def _check_flow(
    tensors: Sequence[Tensor], nodes: Sequence[Node], inputs: Sequence[int], outputs: Sequence[int]
) -> None:
    """Raise ModelError unless every value is made exactly once and before it is used."""
    for tensor in (*inputs, *outputs):
        if not 0 <= tensor < len(tensors):
            raise ModelError(f"tensor {tensor} does not exist (there are {len(tensors)})", "subgraph 0", BAD_FILE)
    if not outputs:
        raise ModelError("the model has no output", "subgraph 0", BAD_FILE)
    known = {index for index, tensor in enumerate(tensors) if tensor.data is not None or tensor.is_variable}

    def define(made: Sequence[int], where: str) -> None:
        for tensor in made:
            if tensor in known:
                raise ModelError(f"tensor {tensor} gets its value a second time", where, BAD_FILE)
            known.add(tensor)

    def use(used: Sequence[int], where: str) -> None:
        for tensor in used:
            if tensor >= 0 and tensor not in known:
                raise ModelError(f"tensor {tensor} is used before it has a value", where, BAD_FILE)

    define(inputs, "subgraph 0")
    for index, node in enumerate(nodes):
        where = f"operator {index} ({node.operator})"
        use(node.inputs, where)
        define(node.outputs, where)
    use(outputs, "subgraph 0")
