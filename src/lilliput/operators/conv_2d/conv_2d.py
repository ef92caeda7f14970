"""CONV_2D: every output channel sees every input channel of a window."""

from lilliput.ir import Graph, Node
from lilliput.operators import convolution
from lilliput.operators.operator import Call, Operator


def groups_are_not_used(graph: Graph, node: Node) -> bool:
    """Grouped convolutions are not supported: the weights' last dimension must equal the input's channels."""
    return graph.input(node, 1).shape[-1:] == graph.input(node).shape[-1:]


def weights_match_output(graph: Graph, node: Node) -> bool:
    """The weights' first dimension must equal the output's channels."""
    return graph.input(node, 1).shape[0] == graph.output(node).shape[-1]


class Conv2D(Operator):
    """Weights are [output_channels, height, width, input_channels]."""

    name = "conv_2d"
    versions = range(1, 9)
    inputs = range(2, 4)
    rules = (*convolution.RULES, groups_are_not_used)
    consistency = (*convolution.CONSISTENCY, weights_match_output)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        own = {"output_channels": graph.output(node).shape[-1]}
        return convolution.batch_calls(graph, node, self.name, own)

    def macs(self, graph: Graph, node: Node) -> int:
        """Output elements times window elements times input channels."""
        weights = graph.input(node, 1)
        return graph.output(node).elements * (weights.elements // weights.shape[0])
