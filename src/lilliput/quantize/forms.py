"""Float graph + ranges -> the integer type, scale and zero point of every activation.

Tensors between which an operator can only copy (RESHAPE, pooling, CONCATENATION ...) form groups of one scale.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lilliput.ir import DType, Graph, Node, Quantization
from lilliput.quantize.options import QuantizeOptions, Range
from lilliput.quantize.scales import activation_quantization
from lilliput.quantize.scheme import SCHEMES, fixed_quantization, is_real, real_inputs


@dataclass(frozen=True, slots=True)
class Form:
    """How real values are stored."""

    dtype: DType
    quantization: Quantization


def node_type(node: Node, options: QuantizeOptions) -> DType:
    """The type of the activations that a node computes with."""
    wide = options.activations == "int16" or node.origin.index in options.wide
    return DType.INT16 if wide else DType.INT8


def tensor_types(graph: Graph, options: QuantizeOptions) -> Mapping[int, DType]:
    """The type of each float activation: that of the node which computes it."""
    default = DType.INT16 if options.activations == "int16" else DType.INT8
    types = dict.fromkeys((index for index in graph.inputs if graph.tensors[index].dtype is DType.FLOAT32), default)
    for node in _real_nodes(graph):
        types |= dict.fromkeys(node.outputs, node_type(node, options))
    return types


def tensor_forms(graph: Graph, ranges: Mapping[int, Range], options: QuantizeOptions) -> Mapping[int, Form]:
    """The form of each float activation, by its range on the samples and what operators demand."""
    types, fixed = tensor_types(graph, options), dict(_fixed(graph, options))
    forms: dict[int, Form] = {}
    for group in _groups(graph, types, fixed):
        dtype = types[group[0]]
        demanded = next((fixed[index] for index in group if index in fixed), None)
        quantization = demanded or activation_quantization(_hull(ranges[index] for index in group), dtype)
        forms |= dict.fromkeys(group, Form(dtype, quantization))
    return forms


def _real_nodes(graph: Graph) -> Iterator[Node]:
    return (node for node in graph.nodes if is_real(graph, node))


def _fixed(graph: Graph, options: QuantizeOptions) -> Iterator[tuple[int, Quantization]]:
    for node in _real_nodes(graph):
        quantization = fixed_quantization(SCHEMES[node.operator], node_type(node, options))
        if quantization is not None:
            yield node.outputs[0], quantization


def _hull(ranges: Iterable[Range]) -> Range:
    lows, highs = zip(*ranges, strict=True)
    return min(lows), max(highs)


class _Joined:
    """Disjoint sets of tensors; a set can have a quantisation that an operator demands of one of its members."""

    def __init__(self, types: Mapping[int, DType], fixed: Mapping[int, Quantization]) -> None:
        self._types, self._fixed = types, fixed
        self._sets = {index: [index] for index in types}

    def fixed(self, index: int) -> Quantization | None:
        """What is demanded of the tensor's set."""
        return next((self._fixed[each] for each in self._sets[index] if each in self._fixed), None)

    def join(self, first: int, second: int) -> None:
        """Make one set of two, unless their types differ."""
        one, other = self._sets[first], self._sets[second]
        if one is not other and self._types[first] is self._types[second]:
            one += other
            self._sets |= dict.fromkeys(other, one)

    def groups(self) -> list[Sequence[int]]:
        """All sets."""
        return list({id(group): group for group in self._sets.values()}.values())


def _groups(graph: Graph, types: Mapping[int, DType], fixed: Mapping[int, Quantization]) -> Sequence[Sequence[int]]:
    """Which tensors have one scale. Where an operator demands another one of an input, it is left to a QUANTIZE."""
    joined = _Joined(types, fixed)
    keepers = [node for node in _real_nodes(graph) if SCHEMES[node.operator].keeps_scale]
    read = [[node.inputs[position] for position in real_inputs(graph, node)] for node in keepers]
    activations = [[index for index in indices if index in types] for indices in read]
    for node, inputs in zip(keepers, activations, strict=True):
        for index in (*node.outputs[1:], *(inputs if len(inputs) == 1 else ())):
            joined.join(node.outputs[0], index)
    for node, inputs in zip(keepers, activations, strict=True):
        demands = {joined.fixed(index) for index in inputs}
        for index in inputs if len(inputs) > 1 else ():
            if len(demands) == 1 or joined.fixed(index) is None:
                joined.join(node.outputs[0], index)
    return joined.groups()
