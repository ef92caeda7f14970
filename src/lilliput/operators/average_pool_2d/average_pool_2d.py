"""AVERAGE_POOL_2D: the mean of a window, for each channel."""

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows, pooling
from lilliput.operators.fixed_point import activation_range
from lilliput.operators.operator import Call, Operator, Parameter, RowCall, View, one_call
from lilliput.operators.passing_channels import PoolingChannels


def window_is_everything(graph: Graph, node: Node) -> bool:
    """Whether there is one window and the whole input lies in it."""
    _, height, width, _ = graph.input(node).shape
    windows = (node.option("filter_height"), node.option("filter_width"))
    return all(
        axis.output == 1 and window - axis.padding >= size
        for axis, window, size in zip(pooling.axes(graph, node), windows, (height, width), strict=True)
    )


class AveragePool2D(Operator):
    """What of a window lies outside of the input does not count."""

    name = "average_pool_2d"
    versions = range(1, 4)
    inputs = range(1, 2)
    rules = pooling.RULES
    consistency = pooling.CONSISTENCY
    channels = PoolingChannels()
    fuses_activation = True

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        return pooling.calls(graph, node, self.name)

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """The whole where each window is one element that stays what it is."""
        return pooling.views(graph, node)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """For one image, by sums where the window is everything, else by windows."""
        if not window_is_everything(graph, node):
            return pooling.rows(graph, node, self.calls(graph, node)[0])
        _, height, width, channels = graph.input(node).shape
        low, high = activation_range(node.option("fused_activation_function"), graph.output(node))
        fields: dict[str, Parameter] = {
            "rows": height,
            "columns": width,
            "channels": channels,
            "output_minimum": low,
            "output_maximum": high,
        }
        (call,) = one_call(node, "operators/average_pool_2d/average_pool_2d_sum.c", fields)
        return by_rows.reduction(graph, call, channels, {"rows": height * width, "columns": 1})
