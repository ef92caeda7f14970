""".tflite file -> ModelFile: all subgraphs as TFLM's interpreter sees them, supported by Lilliput or not.

`tflite.read` reads one subgraph and checks what a compiler needs; TFLM allocates for every subgraph, tensor and
intermediate tensor in the file, so this reader keeps all of them, and nothing of their values.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tflite
from lilliput.errors import ModelError
from lilliput.ir import DType, OptionValue
from lilliput.tflite.operators import read_options
from lilliput.tflite.reader import read_code
from lilliput.tflite.tables import BAD_FILE, Tables, reading
from lilliput.tflite.tensors import DTYPES
from lilliput.tflite.warnings import Warnings

_PLAN_NAME = b"OfflineMemoryAllocation"
_PLAN_HEADER_WORDS = 3
_LARGEST_TENSOR_BYTES = 2**31
ONLINE = -1
"""The offset, in an offline plan, of a tensor that the interpreter places itself."""


@dataclass(frozen=True, slots=True)
class FileTensor:
    """A tensor: `channels` is the number of its scales where it has scales and zero points, else 0.

    `is_asymmetric`: one of its zero points is not 0. `first_byte` of a constant's contents; None for other tensors.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...]
    is_constant: bool
    is_variable: bool
    channels: int
    is_asymmetric: bool = False
    first_byte: int | None = None

    @property
    def elements(self) -> int:
        """How many elements the shape means."""
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """The bytes that TFLM reserves: types smaller than a byte are counted as bytes."""
        return self.elements * max(8, self.dtype.bits) // 8 if self.dtype.bits else 0


@dataclass(frozen=True, slots=True)
class FileNode:
    """An operator. Input -1 is an optional one that is missing."""

    operator: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    intermediates: tuple[int, ...]
    options: Mapping[str, OptionValue]


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One graph of the file."""

    tensors: tuple[FileTensor, ...]
    nodes: tuple[FileNode, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A whole model. `offline_plan` has an offset for each tensor of all subgraphs, or is None."""

    name: str
    size_bytes: int
    subgraphs: tuple[Subgraph, ...]
    offline_plan: tuple[int, ...] | None

    @property
    def operators(self) -> tuple[str, ...]:
        """The distinct operators, in the order of their first use."""
        return tuple(dict.fromkeys(node.operator for graph in self.subgraphs for node in graph.nodes))


def read_model_file(data: bytes, name: str) -> ModelFile:
    """Read a flatbuffer; raises ModelError when it is damaged."""
    try:
        return _read(data, name)
    except ModelError as error:
        raise ModelError(error.fact, f"{name}, {error.where}" if error.where else name, error.advice) from error


def _read(data: bytes, name: str) -> ModelFile:
    tables = Tables(len(data))
    with reading(""):
        model = tflite.Model.GetRootAs(data, 0)
        codes = [read_code(tables, each)[0] for each in tables.tables(model, "OperatorCodes")]
        buffers = tables.tables(model, "Buffers")
        contents = [_Contents(each.DataLength() > 0 or each.Offset() > 1, _first_byte(each)) for each in buffers]
        graphs = tables.tables(model, "Subgraphs")
    if not graphs:
        raise ModelError("the file has no subgraph, so nothing to compute", "", BAD_FILE)
    subgraphs: list[Subgraph] = []
    for index, graph in enumerate(graphs):
        with reading(f"subgraph {index}"):
            subgraphs.append(_subgraph(tables, graph, codes, contents, f"subgraph {index}"))
    with reading("metadata"):
        plan = _offline_plan(tables, model, buffers)
    return ModelFile(name, len(data), tuple(subgraphs), plan)


@dataclass(frozen=True, slots=True)
class _Contents:
    """A buffer of the file, `filled` when it holds a constant."""

    filled: bool
    first_byte: int | None


def _first_byte(buffer: Any) -> int | None:
    return int(buffer.Data(0)) if buffer.DataLength() else None


def _subgraph(tables: Tables, graph: Any, codes: Sequence[str], contents: Sequence[_Contents], where: str) -> Subgraph:
    tensors = tuple(_tensor(tables, each, contents, where) for each in tables.tables(graph, "Tensors"))
    nodes = tuple(_node(tables, each, codes, where) for each in tables.tables(graph, "Operators"))
    inputs, outputs = tables.numbers(graph, "Inputs"), tables.numbers(graph, "Outputs")
    used = [*inputs, *outputs]
    for node in nodes:
        used += [*node.inputs, *node.outputs, *node.intermediates]
    if any(not -1 <= index < len(tensors) for index in used):
        raise ModelError(f"uses a tensor that does not exist (there are {len(tensors)})", where, BAD_FILE)
    if any(index < 0 for index in (*inputs, *outputs)):
        raise ModelError("an input or output is missing", where, BAD_FILE)
    return Subgraph(tensors, nodes, inputs, outputs)


def _tensor(tables: Tables, table: Any, contents: Sequence[_Contents], where: str) -> FileTensor:
    name = tables.text(table.Name())
    buffer = table.Buffer()
    shape = tables.numbers(table, "Shape")
    if buffer >= len(contents):
        fact = f"buffer {buffer} does not exist (the file has {len(contents)})"
        raise ModelError(fact, f"{where} {name!r}", BAD_FILE)
    if any(size < 0 for size in shape):
        raise ModelError(f"the shape {list(shape)} has a negative dimension", f"{where} {name!r}", BAD_FILE)
    quantization = table.Quantization()
    scales = 0 if quantization is None else quantization.ScaleLength()
    tables.charge(4 * scales)
    zero_points = () if quantization is None else tables.numbers(quantization, "ZeroPoint")
    tensor = FileTensor(
        name=name,
        dtype=DTYPES.get(table.Type(), DType.OTHER),
        shape=shape,
        is_constant=contents[buffer].filled,
        is_variable=table.IsVariable(),
        channels=scales if zero_points else 0,
        is_asymmetric=any(zero_points),
        first_byte=contents[buffer].first_byte,
    )
    if tensor.size_bytes > _LARGEST_TENSOR_BYTES:
        raise ModelError(f"the shape {list(shape)} means more than 2 GiB", f"{where} {name!r}", BAD_FILE)
    return tensor


def _node(tables: Tables, table: Any, codes: Sequence[str], where: str) -> FileNode:
    index = int(table.OpcodeIndex())
    if index >= len(codes):
        raise ModelError(f"operator code {index} does not exist (there are {len(codes)})", where, BAD_FILE)
    return FileNode(
        operator=codes[index],
        inputs=tables.numbers(table, "Inputs"),
        outputs=tables.numbers(table, "Outputs"),
        intermediates=tables.numbers(table, "Intermediates"),
        options=read_options(tables, codes[index], table, where, Warnings()),
    )


def _offline_plan(tables: Tables, model: Any, buffers: Sequence[Any]) -> tuple[int, ...] | None:
    for entry in tables.tables(model, "Metadata"):
        if entry.Name() == _PLAN_NAME and entry.Buffer() < len(buffers):
            values = tables.array(buffers[entry.Buffer()], "Data")
            whole_bytes = 0 if values is None else len(values) // 4 * 4
            words: list[int] = [] if values is None else values[:whole_bytes].view("<i4").tolist()
            count = words[2] if len(words) >= _PLAN_HEADER_WORDS else -1
            if count < 0 or len(words) < _PLAN_HEADER_WORDS + count:
                raise ModelError("the offline memory plan is shorter than it says", "metadata", BAD_FILE)
            return tuple(words[_PLAN_HEADER_WORDS : _PLAN_HEADER_WORDS + count])
    return None
