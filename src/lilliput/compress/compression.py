"""int8 graph + activations + a choice for each layer -> int8 graph, and what each layer's outputs lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.compress.activations import Activations
from lilliput.compress.choice import LayerChoice
from lilliput.compress.grids import Grid, cluster_grid, level_grid
from lilliput.compress.layers import LayerKind, Reals, kind_of, layer_inputs
from lilliput.compress.reconstruction import (
    Elimination,
    elimination,
    mask_of_least,
    pruned,
    reconstructed,
    second_moments,
)
from lilliput.errors import UsageError
from lilliput.ir import Graph, Node, Quantization, Tensor
from lilliput.operators.fixed_point import quantization

_WEIGHTS, _BIAS = 1, 2
_INT8 = 127
_NAME = "compress"


@dataclass(frozen=True, slots=True)
class LayerReport:
    """What compressing a layer did: `origin` is its index in the model file.

    `signal_to_noise` compares the layer's outputs before and after on the samples, in decibels (None: no change).
    `entropy_bits` is what a weight carries before and after (Shannon), `values` how many distinct ones there are.
    """

    origin: int
    operator: str
    choice: LayerChoice
    signal_to_noise: float | None
    weights: int
    values: tuple[int, int]
    zeros: tuple[float, float]
    entropy_bits: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Compressed:
    """The graph with other weights, and a report for each layer that was asked for, in the order of the graph."""

    graph: Graph
    layers: tuple[LayerReport, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """A compressed layer: its constants by input position, and the report."""

    constants: Mapping[int, Tensor]
    report: LayerReport


class Compressor:
    """Compresses the layers of one graph; what was computed for a layer and a choice is kept."""

    def __init__(self, graph: Graph, activations: Activations) -> None:
        self.graph, self._activations = graph, activations
        self._moments: dict[int, tuple[Reals, Reals]] = {}
        self._eliminations: dict[int, list[Elimination]] = {}
        self._layers: dict[tuple[int, LayerChoice], _Layer] = {}

    def __call__(self, choices: Mapping[int, LayerChoice]) -> Compressed:
        """The graph with these layers (indices into its nodes) compressed. Raises UsageError for another node."""
        layers = {index: self._layer(index, choice) for index, choice in sorted(choices.items())}
        tensors, nodes = list(self.graph.tensors), list(self.graph.nodes)
        for index, layer in layers.items():
            inputs = list(nodes[index].inputs)
            for position, tensor in layer.constants.items():
                inputs[position] = len(tensors)
                tensors.append(tensor)
            nodes[index] = replace(nodes[index], inputs=tuple(inputs))
        graph = replace(self.graph, tensors=tuple(tensors), nodes=tuple(nodes))
        return Compressed(graph, tuple(layer.report for layer in layers.values()))

    def _layer(self, index: int, choice: LayerChoice) -> _Layer:
        if (index, choice) not in self._layers:
            self._layers[index, choice] = self._compressed(index, choice)
        return self._layers[index, choice]

    def _compressed(self, index: int, choice: LayerChoice) -> _Layer:
        node = self.graph.nodes[index] if 0 <= index < len(self.graph.nodes) else None
        kind = None if node is None else kind_of(self.graph, node)
        if node is None or kind is None:
            fact = f"operator {index} has no int8 weights that can be compressed"
            raise UsageError(fact, self.graph.source.name, "Choose a convolution or a fully connected layer.")
        moments, means = self._statistics(index, node)
        before = self.graph.input(node, _WEIGHTS)
        weights = kind.matrices(np.asarray(before.data, np.float64))
        grids = _grids(weights, moments, choice, one_step=quantization(before).per_tensor)
        after = weights if choice.changes_nothing else self._changed_weights(index, weights, grids, choice)
        steps = np.concatenate([grid.steps for grid in grids])
        constants = _constants(self.graph, node, kind, after, steps)
        if (bias := self.graph.optional_input(node, _BIAS)) is not None:
            lost = np.einsum("got,gt->go", weights - after, means).ravel()
            constants[_BIAS] = _bias(self.graph, node, bias, lost, steps)
        stored = np.asarray(constants[_WEIGHTS].data)
        return _Layer(constants, _report(node, choice, weights, after, moments, np.asarray(before.data), stored))

    def _statistics(self, index: int, node: Node) -> tuple[Reals, Reals]:
        """Second moments [groups, taps, taps] and means [groups, taps] of what the layer's taps see."""
        if index not in self._moments:
            inputs = layer_inputs(self.graph, node, self._activations)
            moments = np.stack([second_moments(group) for group in inputs])
            self._moments[index] = moments, inputs.mean(axis=1)
        return self._moments[index]

    def _changed_weights(self, index: int, weights: Reals, grids: Sequence[Grid], choice: LayerChoice) -> Reals:
        moments, _ = self._moments[index]
        if choice.pruned:
            groups = zip(weights, moments, grids, strict=True)
            return np.stack([pruned(*group, mask_of_least(group[0], group[1], choice.pruned)) for group in groups])
        if index not in self._eliminations:
            self._eliminations[index] = [elimination(each) for each in moments]
        groups = zip(weights, self._eliminations[index], grids, strict=True)
        return np.stack([reconstructed(*group) for group in groups])


def compress(graph: Graph, activations: Activations, choices: Mapping[int, LayerChoice]) -> Compressed:
    """Compress layers (indices into `graph.nodes`) once; `Compressor` does so many times."""
    return Compressor(graph, activations)(choices)


def _grids(weights: Reals, moments: Reals, choice: LayerChoice, *, one_step: bool) -> list[Grid]:
    """The permitted values for each group."""
    importance = np.stack([np.diag(moment) for moment in moments])
    rows = weights.shape[1]
    if choice.clusters is not None:
        merged = np.concatenate([group.ravel() for group in weights])
        weighs = np.concatenate([np.tile(each, rows) for each in importance])
        shared = cluster_grid(merged[None], weighs, choice.clusters)
        return [Grid(np.ones(rows), 0, shared.values) for _ in weights]
    if choice.levels is None:
        return [Grid(np.ones(rows), _INT8) for _ in weights]
    if one_step and len(weights) > 1:
        grid = level_grid(weights.reshape(1, -1), np.repeat(importance, rows, 0).ravel(), choice.levels, one_step=False)
        return [Grid(np.repeat(grid.steps, rows), grid.largest) for _ in weights]
    return [
        level_grid(group, each, choice.levels, one_step=one_step)
        for group, each in zip(weights, importance, strict=True)
    ]


def _constants(graph: Graph, node: Node, kind: LayerKind, after: Reals, steps: Reals) -> dict[int, Tensor]:
    """The weights as they are stored: integers, whose scales take up the steps."""
    before = graph.input(node, _WEIGHTS)
    groups, outputs, taps = after.shape
    stored = np.round(after.reshape(-1, taps) / steps[:, None]).reshape(groups, outputs, taps)
    data = kind.weights(stored, before.shape).astype(np.int8)
    return {_WEIGHTS: _changed(before, data, _scaled(quantization(before), steps))}


def _scaled(before: Quantization, steps: Reals) -> Quantization:
    factors = steps[:1] if before.per_tensor else steps
    scales = np.asarray(before.scales) * factors
    return replace(before, scales=tuple(float(np.float32(scale)) for scale in scales))


def _bias(graph: Graph, node: Node, bias: Tensor, lost: Reals, steps: Reals) -> Tensor:
    """The bias in units of the new scales, with what the outputs lost on average (in units of the old ones)."""
    weights = quantization(graph.input(node, _WEIGHTS))
    values = np.round((np.asarray(bias.data, np.float64) + lost) / steps)
    data = np.clip(values, -(2**31), 2**31 - 1).astype(np.int32)
    scales = np.asarray(_scaled(weights, steps).scales) * quantization(graph.input(node)).scale
    old = bias.quantization or Quantization((1.0,), (0,), 0)
    found = replace(old, scales=tuple(float(np.float32(scale)) for scale in scales), zero_points=(0,) * len(scales))
    return _changed(bias, data, found)


def _changed(before: Tensor, data: NDArray[Any], quantized: Quantization) -> Tensor:
    data = np.ascontiguousarray(data)
    data.setflags(write=False)
    origin = replace(before.origin, transforms=(*before.origin.transforms, _NAME))
    return replace(before, data=data, quantization=quantized, origin=origin)


def _report(
    node: Node,
    choice: LayerChoice,
    weights: Reals,
    after: Reals,
    moments: Reals,
    stored_before: NDArray[Any],
    stored_after: NDArray[Any],
) -> LayerReport:
    changes = (weights, weights - after)
    signal, noise = (np.einsum("got,gtu,gou->", each, moments, each, optimize=True) for each in changes)
    return LayerReport(
        origin=node.origin.index,
        operator=node.operator,
        choice=choice,
        signal_to_noise=float(10 * np.log10(signal / noise)) if noise > 0 and signal > 0 else None,
        weights=stored_before.size,
        values=(len(np.unique(stored_before)), len(np.unique(stored_after))),
        zeros=(float((stored_before == 0).mean()), float((stored_after == 0).mean())),
        entropy_bits=(entropy_bits(stored_before), entropy_bits(stored_after)),
    )


def entropy_bits(values: NDArray[Any]) -> float:
    """The information that each value carries if they were independent: what an entropy code comes close to."""
    counts = np.unique(values, return_counts=True)[1] / max(1, values.size)
    return float(-(counts * np.log2(counts)).sum())
