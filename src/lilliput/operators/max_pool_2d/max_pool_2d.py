"""MAX_POOL_2D: the largest value of a window, for each channel."""

from lilliput.ir import Graph, Node
from lilliput.operators import pooling, spatial
from lilliput.operators.fixed_point import activation_range
from lilliput.operators.operator import Border, Call, Operator, RowCall, View
from lilliput.operators.passing_channels import PoolingChannels


class MaxPool2D(Operator):
    """What of a window lies outside of the input does not count."""

    name = "max_pool_2d"
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

    def within_border(self, graph: Graph, node: Node, border: Border) -> Node | None:
        """Where no value of the border can be the largest that counts."""
        low, _ = activation_range(node.option("fused_activation_function"), graph.output(node))
        return spatial.within_border(node, border, *pooling.geometry(graph, node)) if border.value <= low else None

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By windows, for one image."""
        return pooling.rows(graph, node, self.calls(graph, node)[0])
