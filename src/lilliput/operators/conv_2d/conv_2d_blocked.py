"""CONV_2D for cores without SIMD: two pixels and two channels at a time."""

from dataclasses import replace
from typing import ClassVar

from lilliput.ir import Graph, Node
from lilliput.operators import blocked
from lilliput.operators.conv_2d.conv_2d import Conv2D, groups
from lilliput.operators.layer import weights_constant
from lilliput.operators.operator import Call, RowCall
from lilliput.operators.spatial import per_batch


class Conv2DBlocked(Conv2D):
    """In portable C."""

    variant: ClassVar[str] = "blocked"

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether there is one group, and sums suit the kernel's arithmetic."""
        return groups(graph, node) == 1 and blocked.scales_fit(graph, node, channel_axis=0)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch. Scratch: addresses of taps, a pixel and two windows."""
        channels, filter_height, filter_width, input_channels = graph.input(node, 1).shape
        pixels = filter_height * filter_width
        parameters = {
            "weights": weights_constant(graph, node),
            **blocked.scale_parameters(graph, node, channel_axis=0),
            **blocked.window_parameters(graph, node),
            "output_channels": channels,
            "taps": pixels * input_channels,
        }
        copied = 2 * pixels * input_channels if pixels > 1 else 0
        scratch_bytes = blocked.pointers_bytes(pixels) + input_channels + copied
        calls = per_batch(graph, node, "conv_2d_blocked", parameters)
        return tuple(replace(call, scratch_bytes=scratch_bytes) for call in calls)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By windows, for one image; never pixel by pixel."""
        return blocked.rows(graph, node, self.calls(graph, node)[0])
