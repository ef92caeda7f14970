"""Channels that hold one value for every input, or that nobody reads, go: their part is added to the next bias.

Tensors whose channels belong together (what a depthwise convolution or a pooling reads and writes) form a group and
lose the same channels. A channel of a group can go when every layer that reads it can do without: its weights for the
channel are all zero, or the channel is constant and either contributes nothing or the same everywhere, not being missed
on padding. At least one channel stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from lilliput.ir import DType, Graph, Node, Tensor
from lilliput.operators import support
from lilliput.operators.channels import ChannelRules, Mask, Ranges, full_ranges
from lilliput.operators.rules import LARGEST_DIMENSION
from lilliput.transforms.transform import Transform

_ROUNDS = 64
"""What one round drops can leave more that nobody reads; longer chains of that keep their ends."""


@dataclass(slots=True)
class _Analysis:
    """Of a graph: the rules of each node (None where they do not apply), ranges and groups of its tensors."""

    graph: Graph
    rules: Sequence[ChannelRules | None]
    ranges: Mapping[int, Ranges]
    group_of: Mapping[int, int]


def drop_channels(graph: Graph, slack: int = 0) -> Graph:
    """Drop all such channels; graph inputs and outputs keep theirs.

    With a `slack` of 1 only those go whose value does not depend on how an interpreter rounds.
    """
    for _ in range(_ROUNDS):
        dropped = _round(graph, slack)
        if dropped is graph:
            break
        graph = dropped
    return graph


def constant_channels(graph: Graph) -> dict[int, Mask]:
    """Which channels hold one value for every input, by tensor: of int8 tensors that nodes compute from others."""
    rules = [_rules(graph, node) for node in graph.nodes]
    ranges = _ranges(graph, rules, slack=0)
    known = {index for node, rule in zip(graph.nodes, rules, strict=True) if rule is not None for index in node.outputs}
    return {index: ranges[index].constant for index in sorted(known & ranges.keys())}


def _round(graph: Graph, slack: int) -> Graph:
    rules = [_rules(graph, node) for node in graph.nodes]
    analysis = _Analysis(graph, rules, _ranges(graph, rules, slack), _groups(graph, rules))
    kept = {group: mask for group, mask in _kept(analysis).items() if not mask.all()}
    return _without(analysis, kept) if kept else graph


def _rules(graph: Graph, node: Node) -> ChannelRules | None:
    operator = support.find(node)
    if operator is None or operator.channels is None or not support.is_sound(operator, graph, node):
        return None
    rules = operator.channels
    if not rules.applies(graph, node):
        return None
    ends = (*(node.inputs[each] for each in (*rules.same(graph, node), *rules.mixed(graph, node))), node.outputs[0])
    return rules if all(_is_activation(graph.tensors[index]) for index in ends) else None


def _ranges(graph: Graph, rules: Sequence[ChannelRules | None], slack: int) -> dict[int, Ranges]:
    """Tensor -> ranges, of int8 tensors that are computed."""
    ranges = {index: full_ranges(tensor) for index, tensor in enumerate(graph.tensors) if _is_activation(tensor)}
    for node, rule in zip(graph.nodes, rules, strict=True):
        if rule is not None:
            positions = (*rule.same(graph, node), *rule.mixed(graph, node))
            inputs = {each: ranges[node.inputs[each]] for each in positions}
            ranges[node.outputs[0]] = rule.ranges(graph, node, inputs, slack)
    return ranges


def _is_activation(tensor: Tensor) -> bool:
    """Whether channels are counted: a damaged file may claim billions that nothing computes."""
    channels = tensor.shape[-1] if tensor.shape else 1
    return tensor.dtype is DType.INT8 and not tensor.is_constant and channels <= LARGEST_DIMENSION


def _groups(graph: Graph, rules: Sequence[ChannelRules | None]) -> dict[int, int]:
    """Tensor -> one tensor of its group, the same for all of them."""
    nearer = {index: index for index, tensor in enumerate(graph.tensors) if _is_activation(tensor)}

    def find(index: int) -> int:
        while nearer[index] != index:
            nearer[index] = nearer[nearer[index]]
            index = nearer[index]
        return index

    for node, rule in zip(graph.nodes, rules, strict=True):
        if rule is not None:
            for position in rule.same(graph, node):
                nearer[find(node.outputs[0])] = find(node.inputs[position])
    return {index: find(index) for index in nearer}


def _kept(analysis: _Analysis) -> dict[int, Mask]:
    """Group -> which channels stay."""
    graph = analysis.graph
    made = {index for node, rule in zip(graph.nodes, analysis.rules, strict=True) if rule for index in node.outputs}
    droppable = {group: np.ones(len(analysis.ranges[group].low), np.bool_) for group in set(analysis.group_of.values())}
    for index, group in analysis.group_of.items():
        tensor = graph.tensors[index]
        if index not in made or index in graph.outputs or index in graph.inputs or tensor.is_variable:
            droppable[group][:] = False
    for node, rule in zip(graph.nodes, analysis.rules, strict=True):
        for position, index in enumerate(node.inputs):
            if index in analysis.group_of:
                droppable[analysis.group_of[index]] &= _can_go(analysis, node, rule, position)
    for mask in droppable.values():
        mask[:1] &= not mask.all()
    return {group: ~mask for group, mask in droppable.items()}


def _can_go(analysis: _Analysis, node: Node, rule: ChannelRules | None, position: int) -> Mask:
    """Which channels of an input the node can do without, as far as it alone is concerned."""
    ranges = analysis.ranges[node.inputs[position]]
    if rule is not None and position in rule.same(analysis.graph, node):
        return np.ones(len(ranges.low), np.bool_)
    if rule is not None and position in rule.mixed(analysis.graph, node):
        return rule.foldable(analysis.graph, node, ranges)
    return np.zeros(len(ranges.low), np.bool_)


def _without(analysis: _Analysis, kept: Mapping[int, Mask]) -> Graph:
    """The graph with only the kept channels of the groups."""
    graph = analysis.graph
    for position, rule in enumerate(analysis.rules):
        if rule is None:
            continue
        node = graph.nodes[position]
        for each in rule.mixed(graph, node):
            group = analysis.group_of[node.inputs[each]]
            if group in kept:
                values = analysis.ranges[node.inputs[each]].low
                graph = _with_constants(graph, position, rule.without_inputs(graph, node, kept[group], values))
        group = analysis.group_of[node.outputs[0]]
        if group in kept:
            constants = rule.without_outputs(graph, graph.nodes[position], kept[group])
            graph = _with_constants(graph, position, constants)
    tensors = list(graph.tensors)
    for index, group in analysis.group_of.items():
        if group in kept:
            tensors[index] = _with_channels(tensors[index], kept[group])
    return replace(graph, tensors=tuple(tensors))


def _with_channels(tensor: Tensor, kept: Mask) -> Tensor:
    before = range(tensor.shape[-1]) if tensor.origin.channels is None else tensor.origin.channels
    left = tuple(channel for channel, stays in zip(before, kept.tolist(), strict=True) if stays)
    origin = replace(tensor.origin, transforms=(*tensor.origin.transforms, "drop_channels"), channels=left)
    return replace(tensor, shape=(*tensor.shape[:-1], len(left)), origin=origin)


def _with_constants(graph: Graph, position: int, constants: Mapping[int, Tensor]) -> Graph:
    """The graph with other constants for one node; other nodes may still read the old ones."""
    if not constants:
        return graph
    tensors, nodes = list(graph.tensors), list(graph.nodes)
    inputs = list(nodes[position].inputs)
    for each, tensor in constants.items():
        inputs[each] = len(tensors)
        tensors.append(tensor)
    nodes[position] = replace(nodes[position], inputs=tuple(inputs))
    return replace(graph, tensors=tuple(tensors), nodes=tuple(nodes))


DROP_CHANNELS = Transform(
    "drop_channels",
    "Channels that hold one value for every input, however sums are rounded, or that nobody reads, go.",
    partial(drop_channels, slack=1),
)
DROP_ROUNDED_CHANNELS = Transform(
    "drop_rounded_channels",
    "Channels that hold one value for every input as TFLM rounds sums go.",
    drop_channels,
    contract="tflm",
)
