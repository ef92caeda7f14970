"""What CONV_2D and DEPTHWISE_CONV_2D share: geometry, rules and calls."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows, spatial
from lilliput.operators.fixed_point import quantization
from lilliput.operators.layer import (
    bias_has_one_value_a_channel,
    requantization_parameters,
    scales_match_channels,
    weights_constant,
)
from lilliput.operators.operator import Border, Call, Parameter, RowCall, Rule, Window
from lilliput.operators.rules import INT8_LAYER, LARGEST_DIMENSION, dimensions_fit
from lilliput.operators.spatial import Axis, is_nhwc, per_batch, strides_fit


def dilations_fit(graph: Graph, node: Node) -> bool:
    """Dilations must be from 1 to 255, and with them a filter must reach over at most 32,767 rows and columns."""
    dilations = (node.option("dilation_h_factor"), node.option("dilation_w_factor"))
    return all(
        1 <= dilation <= 255 and (window - 1) * dilation < LARGEST_DIMENSION
        for window, dilation in zip(graph.input(node, 1).shape[1:], dilations, strict=False)
    )


RULES: tuple[Rule, ...] = (*INT8_LAYER, is_nhwc, dimensions_fit, strides_fit, dilations_fit)


def axes(graph: Graph, node: Node) -> tuple[Axis, Axis]:
    """The window's vertical and horizontal axis; the weights are [*, height, width, *]."""
    return spatial.axes(node, *_geometry(graph, node))


def _geometry(graph: Graph, node: Node) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Heights and widths of image and window, and their dilations."""
    _, height, width, _ = graph.input(node).shape
    _, window_height, window_width, _ = graph.input(node, 1).shape
    dilations = (node.option("dilation_h_factor"), node.option("dilation_w_factor"))
    return (height, width), (window_height, window_width), dilations


def taps_on_image(graph: Graph, node: Node) -> NDArray[np.bool_]:
    """Which taps of the filter lie on the image and not on padding: [cases, taps], each case once."""
    strides = (node.option("stride_h"), node.option("stride_w"))
    sizes = zip(axes(graph, node), *_geometry(graph, node), strides, strict=True)
    vertical, horizontal = (spatial.taps_on_image(*each) for each in sizes)
    both = vertical[:, None, :, None] & horizontal[None, :, None, :]
    return both.reshape(len(vertical) * len(horizontal), -1)


def within_border(graph: Graph, node: Node, border: Border) -> Node | None:
    """The node without a border of zero points: taps that fall on padding add nothing, as those on zero points."""
    if border.value != quantization(graph.input(node)).zero_point:
        return None
    return spatial.within_border(node, border, *_geometry(graph, node))


def weights_have_four_dimensions(graph: Graph, node: Node) -> bool:
    """The weights must have four dimensions."""
    return len(graph.input(node, 1).shape) == 4


def output_follows_from_input(graph: Graph, node: Node) -> bool:
    """The output's batch, height and width must follow from the input, the filter, strides and padding."""
    vertical, horizontal = axes(graph, node)
    return graph.output(node).shape[:3] == (graph.input(node).shape[0], vertical.output, horizontal.output)


CONSISTENCY: tuple[Rule, ...] = (
    weights_have_four_dimensions,
    output_follows_from_input,
    bias_has_one_value_a_channel,
    scales_match_channels,
)


def _parameters(graph: Graph, node: Node) -> Mapping[str, Parameter]:
    """The fields that all convolutions' structures have."""
    _, input_height, input_width, input_channels = graph.input(node).shape
    _, output_height, output_width, output_channels = graph.output(node).shape
    _, filter_height, filter_width, _ = graph.input(node, 1).shape
    vertical, horizontal = axes(graph, node)
    return {
        "weights": weights_constant(graph, node),
        **requantization_parameters(graph, node, output_channels),
        "input_offset": -quantization(graph.input(node)).zero_point,
        "input_height": input_height,
        "input_rows": input_height,
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
    }


def calls(graph: Graph, node: Node, kernel: str, own: Mapping[str, Parameter]) -> tuple[Call, ...]:
    """One call for each image of the batch; `own` are the parameters that only this kernel has."""
    return per_batch(graph, node, kernel, {**_parameters(graph, node), **own})


def rows(graph: Graph, node: Node, call: Call) -> RowCall | None:
    """The rows of the whole-layer `call`."""
    vertical, _ = axes(graph, node)
    _, height, width, _ = graph.input(node, 1).shape
    stride, column_stride = node.option("stride_h"), node.option("stride_w")
    extent = (height - 1) * node.option("dilation_h_factor") + 1
    return by_rows.window(
        graph,
        node,
        call,
        Window(stride, 1, -vertical.padding, extent),
        one_by_one=height == width == stride == column_stride == 1,
        column_stride=column_stride,
    )
