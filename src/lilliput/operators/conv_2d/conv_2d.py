"""CONV_2D: every output channel sees every input channel of a window, or those of its group."""

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators import convolution
from lilliput.operators.layer import sums_fit
from lilliput.operators.layer_channels import PaddedLayerChannels
from lilliput.operators.operator import Border, Call, Decoding, Operator, RowCall


def groups(graph: Graph, node: Node) -> int:
    """How many groups the channels form: the weights' last dimension tells the input channels of one."""
    return graph.input(node).shape[-1] // graph.input(node, 1).shape[-1]


def weights_match_output(graph: Graph, node: Node) -> bool:
    """The weights' first dimension must equal the output's channels."""
    return graph.input(node, 1).shape[0] == graph.output(node).shape[-1]


def channels_form_groups(graph: Graph, node: Node) -> bool:
    """The weights' channels must divide the input's channels, and the groups the output's channels."""
    inputs, filters = graph.input(node).shape[-1], graph.input(node, 1).shape[-1]
    whole = 0 < filters <= inputs and inputs % filters == 0
    return whole and graph.output(node).shape[-1] % (inputs // filters) == 0


class Conv2D(Operator):
    """Weights are [output_channels, height, width, input_channels / groups]."""

    name = "conv_2d"
    versions = range(1, 9)
    inputs = range(2, 4)
    rules = (*convolution.RULES, sums_fit(channel_axis=0))
    consistency = (*convolution.CONSISTENCY, weights_match_output, channels_form_groups)
    channels = PaddedLayerChannels()
    fuses_activation = True

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        channels = graph.output(node).shape[-1]
        count = groups(graph, node)
        if count == 1:
            return convolution.calls(graph, node, "conv_2d", {"output_channels": channels})
        own = {
            "output_channels": channels,
            "filter_channels": graph.input(node, 1).shape[-1],
            "group_outputs": channels // count,
        }
        return convolution.calls(graph, node, "conv_2d_grouped", own)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By windows, for one image."""
        return convolution.rows(graph, node, self.calls(graph, node)[0])

    def within_border(self, graph: Graph, node: Node, border: Border) -> Node | None:
        """Zero points around the image are padding."""
        return convolution.within_border(graph, node, border)

    def decoding(self, graph: Graph, node: Node, call: Call | RowCall) -> Decoding | None:
        """Without groups: a tap's weights are decoded once for a row, which needs an int32 for each of its pixels."""
        if call.structure != "conv_2d":
            return None
        weights, (_, rows, width, _) = graph.input(node, 1), graph.output(node).shape
        return Decoding(np.asarray(weights.data), passes=rows, scratch_bytes=4 * width + weights.shape[-1])

    def macs(self, graph: Graph, node: Node) -> int:
        """Output elements times window elements times the input channels of a group."""
        weights = graph.input(node, 1)
        return graph.output(node).elements * (weights.elements // weights.shape[0])
