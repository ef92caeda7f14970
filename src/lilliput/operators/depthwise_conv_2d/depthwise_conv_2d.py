"""DEPTHWISE_CONV_2D: every output channel sees one input channel of a window."""

from lilliput.ir import Graph, Node
from lilliput.operators import convolution
from lilliput.operators.layer import sums_fit
from lilliput.operators.layer_channels import DepthwiseChannels
from lilliput.operators.operator import Border, Call, Operator, RowCall


def weights_match_channels(graph: Graph, node: Node) -> bool:
    """The weights must be [1, height, width, output channels], a multiple of the input's channels."""
    first, _, _, channels = graph.input(node, 1).shape
    inputs = graph.input(node).shape[-1]
    return first == 1 and channels == graph.output(node).shape[-1] and inputs > 0 and channels % inputs == 0


class DepthwiseConv2D(Operator):
    """Weights are [1, height, width, input_channels * multiplier]. The multiplier follows from the shapes."""

    name = "depthwise_conv_2d"
    versions = range(1, 8)
    inputs = range(2, 4)
    rules = (*convolution.RULES, sums_fit(channel_axis=-1))
    consistency = (*convolution.CONSISTENCY, weights_match_channels)
    channels = DepthwiseChannels()
    fuses_activation = True

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        own = {"multiplier": graph.output(node).shape[-1] // graph.input(node).shape[-1]}
        return convolution.calls(graph, node, "depthwise_conv_2d", own)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By windows, for one image."""
        return convolution.rows(graph, node, self.calls(graph, node)[0])

    def within_border(self, graph: Graph, node: Node, border: Border) -> Node | None:
        """Zero points around the image are padding."""
        return convolution.within_border(graph, node, border)

    def macs(self, graph: Graph, node: Node) -> int:
        """Output elements times window elements."""
        _, height, width, _ = graph.input(node, 1).shape
        return graph.output(node).elements * height * width
