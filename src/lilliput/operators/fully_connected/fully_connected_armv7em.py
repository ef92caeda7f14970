"""FULLY_CONNECTED for Armv7E-M: two outputs at a time."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators import armv7em, channel_pairs_armv7em
from lilliput.operators.channel_pairs_armv7em import LARGEST_SHIFT, groups, pixels, scratch_bytes
from lilliput.operators.fully_connected.fully_connected import FullyConnected, has_one_scale, one_scale
from lilliput.operators.operator import Call, Constant, ConstantKind, Parameter, RowCall, one_call


class FullyConnectedArmv7em(FullyConnected):
    """For vectors that do not come row by row: their int16 values take scratch memory."""

    variant: ClassVar[str] = "armv7em"
    features: ClassVar[frozenset[str]] = frozenset({"dsp"})

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether sums and scales are as the kernels need them."""
        if super().rows(graph, node) is not None:
            return False
        if not _has_one_scale_for_one_vector(graph, node):
            return channel_pairs_armv7em.fits(graph, node)
        portable = one_scale(graph, node)
        quick = portable["multiplier"] != 0 and portable["shift"] in range(-31, LARGEST_SHIFT + 1)
        return quick and channel_pairs_armv7em.sums_fit(graph, node)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call; a layer with many scales or vectors is a convolution of one row of pixels."""
        inputs = graph.input(node, 1).shape[1]
        if _has_one_scale_for_one_vector(graph, node):
            source, parameters, vectors = "fully_connected/fully_connected_armv7em.c", _parameters(graph, node), 1
        else:
            vectors = graph.input(node).elements // inputs
            source, parameters = "conv_2d/conv_2d_1x1_armv7em.c", _row_of_pixels(graph, node, vectors)
        (call,) = one_call(node, f"operators/{source}", parameters)
        return (replace(call, scratch_bytes=scratch_bytes(inputs, 1) * pixels(inputs, 1, vectors)),)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Never: see `applies`."""
        return None


def _has_one_scale_for_one_vector(graph: Graph, node: Node) -> bool:
    return has_one_scale(graph, node) and graph.input(node).elements == graph.input(node, 1).shape[1]


def _parameters(graph: Graph, node: Node) -> dict[str, Parameter]:
    """The fields of `struct fully_connected_armv7em`."""
    portable = one_scale(graph, node)
    weights = np.asarray(graph.input(node, 1).data, np.int64)
    stream = channel_pairs_armv7em.pack_plainly(weights, armv7em.folded_biases(graph, node, 0).astype(np.int64))
    multiplier, shift = portable["multiplier"], portable["shift"]
    assert isinstance(multiplier, int)
    assert isinstance(shift, int)
    return {
        "weights": Constant("weights", stream, ConstantKind.WEIGHTS),
        "scale": channel_pairs_armv7em.scale(multiplier),
        "inputs": weights.shape[1],
        "groups": groups(weights.shape[1], 1),
        "outputs": weights.shape[0],
        "right": 32 + shift,
        "zero_point": portable["output_zero_point"],
        "minimum": portable["output_minimum"],
        "maximum": portable["output_maximum"],
    }


def _row_of_pixels(graph: Graph, node: Node, vectors: int) -> dict[str, Parameter]:
    """The fields of `struct conv_2d_1x1_armv7em` for vectors that are pixels."""
    return {
        **channel_pairs_armv7em.parameters(graph, node, 1, vectors),
        "input_rows": 1,
        "input_width": vectors,
        "input_channels": graph.input(node, 1).shape[1],
        "output_height": 1,
        "output_width": vectors,
        "stride_height": 1,
        "stride_width": 1,
    }
