"""A .tflite file, or the C array that it was pasted into -> Graph.

Reads any sound model, supported or not. What comes out passes the graph checker; anything else ends in a `ModelError`
that says where the file contradicts itself. Only the first subgraph is read. Names have printable characters only.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flatbuffers.number_types import Int32Flags

import tflite
from lilliput.errors import ModelError, UnsupportedError, UsageError
from lilliput.ir import Graph, Node, Origin, Source, Tensor
from lilliput.ir.checker import check
from lilliput.tflite.carray import find_model
from lilliput.tflite.flow import check_flow, fill_empty_constants
from lilliput.tflite.operators import operator_name, read_options
from lilliput.tflite.tables import BAD_FILE, Tables, reading
from lilliput.tflite.tensors import Buffers, read_tensor
from lilliput.tflite.warnings import Warnings

_IDENTIFIER = b"TFL3"
_SCHEMA_VERSION = 3
_LARGEST_FILE_BYTES = 2**30


def read(path: Path | str) -> Graph:
    """Read a model from a file.

    Raises UsageError when there is no such file, ModelError when it cannot be read as a model, and UnsupportedError
    when it has another schema version.
    """
    return read_bytes(load(path), Path(path).name)


def load(path: Path | str) -> bytes:
    """The flatbuffer in a file, taken out of the C array if it was pasted into one.

    Raises UsageError when there is no such file, ModelError when it cannot be read or has no model.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise UsageError("there is no such file", str(path), "Check the path.")
        if not path.is_file():
            kind = "a directory" if path.is_dir() else "not a regular file"
            raise ModelError(f"this is {kind}, so no model", str(path), "Name a .tflite file.")
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise ModelError("the file is larger than 1 GiB", str(path), "Name a model for a microcontroller.")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"the file cannot be read: {error.strerror}", str(path), "Check its permissions.") from error
    return data if data[4:8] == _IDENTIFIER else find_model(data, path.name)


def read_bytes(data: bytes, name: str) -> Graph:
    """Read a model from a flatbuffer, or from the text of a C or C++ file that holds one as an array.

    `name` is what messages call the file. Raises ModelError when the file is damaged or contradicts itself, and
    UnsupportedError when it has another schema version.
    """
    if data[4:8] != _IDENTIFIER:
        data = find_model(data, name)
    try:
        graph = _read_model(data, name)
    except ModelError as error:
        where = f"{name}, {error.where}" if error.where else name
        raise ModelError(error.fact, where, error.advice) from error
    check(graph)
    return graph


def _read_model(data: bytes, name: str) -> Graph:
    tables = Tables(len(data))
    with reading(""):
        model = tflite.Model.GetRootAs(data, 0)
        version = model.Version()
        codes = [read_code(tables, code) for code in tables.tables(model, "OperatorCodes")]
        buffers = Buffers(tables, data, tables.tables(model, "Buffers"))
        subgraphs = tables.tables(model, "Subgraphs")
    if version != _SCHEMA_VERSION:
        raise UnsupportedError([f"schema version {version}; Lilliput reads version {_SCHEMA_VERSION}"], name)
    if not subgraphs:
        raise ModelError("the file has no subgraph, so nothing to compute", "", BAD_FILE)
    warnings = Warnings()
    if len(subgraphs) > 1:
        warnings.add("subgraph 1", f"not read: of {len(subgraphs)} subgraphs only the first is")
    with reading("subgraph 0"):
        inputs = tables.numbers(subgraphs[0], "Inputs")
        outputs = tables.numbers(subgraphs[0], "Outputs")
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
    tensors = fill_empty_constants(tensors, nodes, inputs)
    check_flow(tensors, nodes, inputs, outputs)
    source = Source(name, hashlib.sha256(data).hexdigest(), len(data), buffers.constant_bytes, warnings.lines())
    return Graph(source, tuple(tensors), tuple(nodes), inputs, outputs)


def read_code(tables: Tables, table: Any) -> tuple[str, int]:
    """(name, version) of an operator code.

    Old files have the code in an 8-bit field, new ones in a 32-bit field; the larger one counts. The package's
    accessor of the new field hides what it holds below 127, so its slot is read here.
    """
    new_code = table._tab.GetSlot(10, 0, Int32Flags)
    code = max(new_code, table.DeprecatedBuiltinCode())
    return operator_name(code, tables.text(table.CustomCode())), table.Version()


def _read_node(
    tables: Tables,
    table: Any,
    index: int,
    codes: Sequence[tuple[str, int]],
    tensors: Sequence[Tensor],
    warnings: Warnings,
) -> Node:
    code = table.OpcodeIndex()
    if code >= len(codes):
        fact = f"operator code {code} does not exist (there are {len(codes)})"
        raise ModelError(fact, f"operator {index}", BAD_FILE)
    name, version = codes[code]
    where = f"operator {index} ({name})"
    inputs = tables.numbers(table, "Inputs")
    outputs = tables.numbers(table, "Outputs")
    if min(inputs, default=0) < -1 or min(outputs, default=0) < 0 or max(inputs + outputs, default=0) >= len(tensors):
        raise ModelError(f"uses a tensor that does not exist (there are {len(tensors)})", where, BAD_FILE)
    if table.IntermediatesLength():
        warnings.add(where, "has intermediate tensors, which are not read")
    origin = Origin(index, tensors[outputs[0]].name if outputs else "")
    return Node(name, version, inputs, outputs, origin, read_options(tables, name, table, where, warnings))
