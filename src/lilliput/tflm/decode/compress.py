"""A .tflite file -> the same model with its weights in TFLM's compressed formats, where that makes the file smaller."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lilliput import tflite
from lilliput.errors import InvariantError, UnsupportedError
from lilliput.ir import Graph, Tensor
from lilliput.tflite.signatures import read_signatures
from lilliput.tflm.decode import huffman, lut, pruning
from lilliput.tflm.decode.header import Encoded, Format
from lilliput.tflm.decode.insert import decodable, insert
from lilliput.tflm.decode.unpack import unpack
from lilliput.tflm.model_file import ModelFile, read_model_file

READABLE: Mapping[str, int] = {"conv_2d": 1, "depthwise_conv_2d": 1, "fully_connected": 1}
"""Operator -> the input that may be decoded.

Every kernel, also those of CMSIS-NN, reads it while the model runs and not before. Other kernels look at their
constants when the model is loaded, before anything is decoded: SVDF and LSTM sum up weights on cores with MVE, FULLY_
CONNECTED adds its bias to such sums, and shapes are read everywhere.
"""


@dataclass(frozen=True, slots=True)
class Weights:
    """One tensor of weights: `sizes` are its bytes in the formats that can hold it, both tensors together.

    `saved_bytes` is what the file became smaller by; 0 where the tensor stays as it is and `chosen` is None. Tensors
    with the same values are stored once and decided together: the first one has the bytes.
    """

    tensor: int
    name: str
    operators: tuple[str, ...]
    dense_bytes: int
    sizes: Mapping[Format, int]
    chosen: Format | None
    saved_bytes: int


@dataclass(frozen=True, slots=True)
class Compression:
    """What was found for a model. `data` is the smaller file, None when there is none: `reason` says why.

    `rewritten_bytes` is the file without compressed weights, but written anew: without metadata, what is equal once.
    """

    size_bytes_before: int
    rewritten_bytes: int
    weights: tuple[Weights, ...]
    data: bytes | None
    reason: str = ""

    @property
    def size_bytes_after(self) -> int:
        """The bytes of the file that is to be used."""
        return self.size_bytes_before if self.data is None else len(self.data)


def anything(_: bytes) -> bool:
    """Every file fits."""
    return True


def compress_weights(data: bytes, name: str, fits: Callable[[bytes], bool] = anything) -> Compression:
    """Try every format on every tensor of weights, and keep what makes the file smaller.

    Files that do not meet `fits` are not considered, such as those that need too large an arena. Raises ModelError for
    a damaged file.
    """
    graph = tflite.read_bytes(data, name)
    expected = unpack(graph)
    signatures = read_signatures(data, graph)
    try:
        best = plain = tflite.write(graph, signatures)
    except UnsupportedError as error:
        return Compression(len(data), len(data), (), None, f"the file cannot be written: {', '.join(error.problems)}")
    if loss := _loss(read_model_file(data, name), read_model_file(plain, name)):
        return Compression(len(data), len(data), (), None, loss)
    readers = _readers(graph)
    encodings = {index: _encodings(graph.tensors[index]) for index in readers}
    chosen: dict[int, Encoded] = {}
    saved: dict[int, int] = {}
    for group in _groups(graph, encodings):
        wanted = chosen | {index: _smallest(encodings[index]) for index in group}
        written = tflite.write(insert(graph, wanted), signatures)
        if len(written) < len(best) and fits(written):
            saved[group[0]] = len(best) - len(written)
            best, chosen = written, wanted
    found = tuple(
        _weights(graph, index, readers[index], encodings[index], chosen.get(index), saved.get(index, 0))
        for index in readers
    )
    if not chosen or len(best) >= len(data):
        found = tuple(replace(each, chosen=None, saved_bytes=0) for each in found)
        return Compression(len(data), len(plain), found, None, "the file would not get smaller")
    _check_result(expected, unpack(tflite.read_bytes(best, name)))
    return Compression(len(data), len(plain), found, best)


def _readers(graph: Graph) -> Mapping[int, tuple[str, ...]]:
    """Constants that nobody reads but as weights -> the operators that do."""
    found: dict[int, list[str]] = {}
    others = set(graph.outputs)
    for node in graph.nodes:
        for position, index in enumerate(node.inputs):
            if index >= 0 and graph.tensors[index].is_constant:
                found.setdefault(index, []).append(node.operator)
                if READABLE.get(node.operator) != position:
                    others.add(index)
    return {index: tuple(operators) for index, operators in sorted(found.items()) if index not in others}


def _encodings(tensor: Tensor) -> Mapping[Format, Encoded]:
    tensor, values = decodable(tensor), tensor.data
    if values is None or not tensor.elements:
        return {}
    found = [encode(tensor, values) for encode in (lut.encode, huffman.encode, pruning.encode)]
    return {each.format: each for each in found if each is not None}


def _smallest(encodings: Mapping[Format, Encoded]) -> Encoded:
    return min(encodings.values(), key=lambda each: each.size_bytes)


def _groups(graph: Graph, encodings: Mapping[int, Mapping[Format, Encoded]]) -> Sequence[Sequence[int]]:
    """Tensors of the same values together, where a format may be worth it; the largest gain first."""
    by_content: dict[bytes, list[int]] = {}
    for index in encodings:
        by_content.setdefault(_content(graph.tensors[index]), []).append(index)
    gains = {
        tuple(group): len(content) - max(_smallest(encodings[index]).size_bytes for index in group)
        for content, group in by_content.items()
        if all(encodings[index] for index in group)
    }
    return [group for group, gain in sorted(gains.items(), key=lambda item: (-item[1], item[0])) if gain > 0]


def _content(tensor: Tensor) -> bytes:
    return b"" if tensor.data is None else tensor.data.tobytes()


def _weights(
    graph: Graph,
    index: int,
    operators: tuple[str, ...],
    encodings: Mapping[Format, Encoded],
    chosen: Encoded | None,
    saved_bytes: int,
) -> Weights:
    tensor = graph.tensors[index]
    sizes = {form: encoded.size_bytes for form, encoded in encodings.items()}
    form = None if chosen is None else chosen.format
    return Weights(index, tensor.name, operators, tensor.size_bytes, sizes, form, saved_bytes)


def _loss(before: ModelFile, after: ModelFile) -> str:
    """What TFLM would see differently in the file that was written anew; "" when it is the same model."""
    if len(before.subgraphs) != 1:
        return f"it has {len(before.subgraphs)} subgraphs"
    old, new = before.subgraphs[0], after.subgraphs[0]
    for tensor, written in zip(old.tensors, new.tensors, strict=True):
        if tensor != written:
            return f"the tensor {tensor.name} cannot be written as it is"
    for index, (node, written) in enumerate(zip(old.nodes, new.nodes, strict=True)):
        if node != written:
            return f"operator {index} ({node.operator}) cannot be written as it is"
    return "" if old == new else "its inputs or outputs cannot be written as they are"


def _check_result(before: Graph, after: Graph) -> None:
    """Raise InvariantError unless the nodes are the same and read the same constants."""
    same = len(before.nodes) == len(after.nodes)
    for old, new in zip(before.nodes, after.nodes, strict=same):
        constants = [[each and each.data is not None and _content(each) for each in graph.input_tensors(node)]
                     for graph, node in ((before, old), (after, new))]  # fmt: skip
        same = same and old.operator == new.operator and constants[0] == constants[1]
    if not same:
        raise InvariantError(f"{before.source.name} reads differently after compression")
