"""What AVERAGE_POOL_2D and MAX_POOL_2D share: geometry, rules and calls."""

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows, spatial
from lilliput.operators.fixed_point import INT8_RANGE, activation_range
from lilliput.operators.operator import Call, Parameter, RowCall, Rule, View, Window
from lilliput.operators.rules import (
    LARGEST_DIMENSION,
    activation_is_supported,
    dimensions_fit,
    input_is_int8,
    output_is_int8,
)
from lilliput.operators.spatial import Axis, is_nhwc, per_batch, strides_fit


def window_fits(_: Graph, node: Node) -> bool:
    """The window's height and width must be from 1 to 32,767."""
    return all(1 <= node.option(name) <= LARGEST_DIMENSION for name in ("filter_height", "filter_width"))


def quantization_is_kept(graph: Graph, node: Node) -> bool:
    """Input and output must have the same scale (to 1e-6) and zero point."""
    source, target = graph.input(node).quantization, graph.output(node).quantization
    return (
        source is not None
        and target is not None
        and source.zero_points == target.zero_points
        and abs(source.scale - target.scale) <= 1e-6
    )


def axes(graph: Graph, node: Node) -> tuple[Axis, Axis]:
    """The window's vertical and horizontal axis."""
    return spatial.axes(node, *geometry(graph, node))


def geometry(graph: Graph, node: Node) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Heights and widths of image and window, and their dilations."""
    _, height, width, _ = graph.input(node).shape
    return (height, width), (node.option("filter_height"), node.option("filter_width")), (1, 1)


def output_follows_from_input(graph: Graph, node: Node) -> bool:
    """The output's shape must follow from the input, the window, strides and padding."""
    vertical, horizontal = axes(graph, node)
    batches, _, _, channels = graph.input(node).shape
    return graph.output(node).shape == (batches, vertical.output, horizontal.output, channels)


RULES: tuple[Rule, ...] = (
    input_is_int8,
    output_is_int8,
    quantization_is_kept,
    activation_is_supported,
    is_nhwc,
    dimensions_fit,
    strides_fit,
    window_fits,
)
CONSISTENCY: tuple[Rule, ...] = (output_follows_from_input,)


def views(graph: Graph, node: Node) -> tuple[View, ...]:
    """The whole where each window is one element that stays what it is."""
    sizes = (node.option(name) for name in ("filter_height", "filter_width", "stride_h", "stride_w"))
    limits = activation_range(node.option("fused_activation_function"), graph.output(node))
    return (View(),) if set(sizes) == {1} and limits == INT8_RANGE else ()


def calls(graph: Graph, node: Node, kernel: str) -> tuple[Call, ...]:
    """One call for each image of the batch."""
    _, input_height, input_width, channels = graph.input(node).shape
    vertical, horizontal = axes(graph, node)
    low, high = activation_range(node.option("fused_activation_function"), graph.output(node))
    fields: dict[str, Parameter] = {
        "input_height": input_height,
        "input_rows": input_height,
        "input_width": input_width,
        "channels": channels,
        "output_height": vertical.output,
        "output_width": horizontal.output,
        "window_height": node.option("filter_height"),
        "window_width": node.option("filter_width"),
        "padding_top": vertical.padding,
        "padding_left": horizontal.padding,
        "stride_height": node.option("stride_h"),
        "stride_width": node.option("stride_w"),
        "output_minimum": low,
        "output_maximum": high,
    }
    return per_batch(graph, node, kernel, fields, structure="pooling")


def rows(graph: Graph, node: Node, call: Call) -> RowCall | None:
    """The rows of the whole-layer `call`."""
    vertical, _ = axes(graph, node)
    reads = Window(node.option("stride_h"), 1, -vertical.padding, node.option("filter_height"))
    return by_rows.window(graph, node, call, reads, column_stride=node.option("stride_w"))
