"""What kernels without SIMD share that work on blocks of channels and pixels: folded zero points and packed scales."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators import convolution
from lilliput.operators.armv7em import biases, by_channel, folded_biases
from lilliput.operators.fixed_point import activation_range, channel_multipliers, quantization
from lilliput.operators.layer import weights_constant
from lilliput.operators.operator import Call, Constant, ConstantKind, Parameter, RowCall
from lilliput.operators.spatial import per_batch

_SUM_BITS = 23
_LARGEST_RIGHT_SHIFT = 24
"""The bounds of runtime/channel_scale.h."""
_CHANNEL_BLOCK = 4


def scales_fit(graph: Graph, node: Node, channel_axis: int) -> bool:
    """Whether no sum reaches 2^23 in magnitude and every scale shifts right by 1 to 24 bits.

    For layers whose weights have their output channels on an axis and whose multipliers are those of a convolution.
    """
    weights = by_channel(np.asarray(graph.input(node, 1).data), channel_axis)
    largest = 255 * np.abs(weights).sum(axis=1) + np.abs(biases(graph, node))
    _, shifts = channel_multipliers(graph.input(node), graph.input(node, 1), graph.output(node), len(weights))
    rights = -shifts.astype(np.int64)
    within = (largest < 1 << _SUM_BITS) & (rights >= 1) & (rights <= _LARGEST_RIGHT_SHIFT)
    return bool(within.all())


def scale_parameters(graph: Graph, node: Node, channel_axis: int) -> Mapping[str, Parameter]:
    """The fields of `struct channel_scale output` (runtime/channel_scale.h)."""
    output = graph.output(node)
    multipliers, shifts = channel_multipliers(
        graph.input(node), graph.input(node, 1), output, graph.output(node).shape[-1]
    )
    words = np.stack([multipliers, folded_biases(graph, node, channel_axis) * 256 - shifts], axis=1)
    low, high = activation_range(node.option("fused_activation_function"), output)
    return {
        "output.channels": Constant("scales", words.astype(np.int32), ConstantKind.TABLES),
        "output.zero_point": quantization(output).zero_point,
        "output.minimum": low,
        "output.maximum": high,
    }


def window_parameters(graph: Graph, node: Node) -> Mapping[str, Parameter]:
    """The fields of `struct filter_window window` (runtime/window_values.h) and `input_rows`."""
    _, input_height, input_width, input_channels = graph.input(node).shape
    _, output_height, output_width, _ = graph.output(node).shape
    _, filter_height, filter_width, _ = graph.input(node, 1).shape
    vertical, horizontal = convolution.axes(graph, node)
    fields = {
        "input_height": input_height,
        "input_width": input_width,
        "input_channels": input_channels,
        "output_height": output_height,
        "output_width": output_width,
        "filter_height": filter_height,
        "filter_width": filter_width,
        "padding_top": vertical.padding,
        "padding_left": horizontal.padding,
        "stride_height": node.option("stride_h"),
        "stride_width": node.option("stride_w"),
        "dilation_height": node.option("dilation_h_factor"),
        "dilation_width": node.option("dilation_w_factor"),
        "zero_point": quantization(graph.input(node)).zero_point,
    }
    return {**{f"window.{name}": value for name, value in fields.items()}, "input_rows": input_height}


def rows(graph: Graph, node: Node, call: Call) -> RowCall | None:
    """The rows of a convolution's `call` that needs scratch memory and is not computed pixel by pixel."""
    found = convolution.rows(graph, node, call)
    return None if found is None else replace(found, scratch_bytes=call.scratch_bytes, pixel=None, column_stride=0)


def pointers_bytes(count: int) -> int:
    """Scratch memory that holds pointers in C for any machine: they may have 8 bytes, and scratch half as many."""
    return 8 * count + 4


def has_channel_blocks(graph: Graph, node: Node) -> bool:
    """Whether a depthwise convolution has as many output as input channels, and at least four."""
    channels = graph.input(node).shape[-1]
    return channels == graph.output(node).shape[-1] >= _CHANNEL_BLOCK


def depthwise_calls(graph: Graph, node: Node, kernel: str) -> tuple[Call, ...]:
    """One call for each image of the batch of a depthwise kernel on blocks of channels.

    Its scratch is the address of each tap's pixel, and a pixel outside of the image.
    """
    _, filter_height, filter_width, channels = graph.input(node, 1).shape
    parameters: Mapping[str, Parameter] = {
        "weights": weights_constant(graph, node),
        **scale_parameters(graph, node, channel_axis=-1),
        **window_parameters(graph, node),
    }
    scratch_bytes = pointers_bytes(filter_height * filter_width) + channels
    return tuple(replace(call, scratch_bytes=scratch_bytes) for call in per_batch(graph, node, kernel, parameters))
