"""MAX_POOL_2D: the largest value of a window, for each channel."""

from lilliput.ir import Graph, Node
from lilliput.operators import pooling
from lilliput.operators.operator import Call, Operator, RowCall
from lilliput.operators.passing_channels import PoolingChannels


class MaxPool2D(Operator):
    """What of a window lies outside of the input does not count."""

    name = "max_pool_2d"
    versions = range(1, 4)
    inputs = range(1, 2)
    rules = pooling.RULES
    consistency = pooling.CONSISTENCY
    channels = PoolingChannels()

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        return pooling.calls(graph, node, self.name)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By windows, for one image."""
        return pooling.rows(graph, node, self.calls(graph, node)[0])
