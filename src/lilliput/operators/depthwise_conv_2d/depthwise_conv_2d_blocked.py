"""DEPTHWISE_CONV_2D on blocks of four channels: in C, in instructions of Armv6-M, or as a convolution."""

from typing import ClassVar

from lilliput.ir import Graph, Node
from lilliput.operators import blocked
from lilliput.operators.conv_2d.conv_2d_thumb1 import can_pack, packed_calls
from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d import DepthwiseConv2D
from lilliput.operators.operator import Call, RowCall


class DepthwiseConv2DBlocked(DepthwiseConv2D):
    """As many output as input channels, at least four; in portable C."""

    variant: ClassVar[str] = "blocked"
    kernel: ClassVar[str] = "depthwise_conv_2d_blocked"

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether channels and sums suit the kernel."""
        return blocked.has_channel_blocks(graph, node) and blocked.scales_fit(graph, node, channel_axis=-1)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        return blocked.depthwise_calls(graph, node, self.kernel)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By windows, for one image; never pixel by pixel."""
        return blocked.rows(graph, node, self.calls(graph, node)[0])


class DepthwiseConv2DThumb1(DepthwiseConv2DBlocked):
    """The same for Armv6-M."""

    variant: ClassVar[str] = "thumb1"
    features: ClassVar[frozenset[str]] = frozenset({"thumb1"})
    kernel: ClassVar[str] = "depthwise_conv_2d_thumb1"


class DepthwiseConv2DPacked(DepthwiseConv2DThumb1):
    """One input channel: every output channel sees all there is, as in a convolution, and that kernel computes it."""

    variant: ClassVar[str] = "thumb1, packed"

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether conv_2d_thumb1.c can compute it."""
        return graph.input(node).shape[-1] == 1 and can_pack(graph, node, channel_axis=-1)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        return packed_calls(graph, node, channel_axis=-1)
