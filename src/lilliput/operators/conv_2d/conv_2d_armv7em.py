"""CONV_2D for Armv7E-M: two output channels by two pixels at a time, or by one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from lilliput.ir import Graph, Node
from lilliput.operators import channel_pairs_armv7em, convolution
from lilliput.operators.conv_2d.conv_2d import Conv2D, groups
from lilliput.operators.fixed_point import quantization
from lilliput.operators.operator import Call, Parameter, RowCall

_OF_ALL = (
    "input_rows", "input_width", "input_channels", "output_height", "output_width", "stride_height", "stride_width",
)  # fmt: skip
_OF_WINDOWS = (
    *_OF_ALL, "input_height", "filter_height", "filter_width", "padding_top", "padding_left",
    "dilation_height", "dilation_width",
)  # fmt: skip
"""The parameters that the kernels have in common with the portable one."""


class Conv2DArmv7em(Conv2D):
    """By one kernel for filters of one tap and one for all others."""

    variant: ClassVar[str] = "armv7em"
    features: ClassVar[frozenset[str]] = frozenset({"dsp"})

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether there are no groups of channels, and sums and scales are as the kernels need them."""
        return groups(graph, node) == 1 and channel_pairs_armv7em.fits(graph, node)

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        _, height, width, channels = graph.input(node, 1).shape
        if height == width == 1:
            kernel, names, runs, taps = "conv_2d_1x1_armv7em", _OF_ALL, 1, 1
        else:
            kernel, names = "conv_2d_armv7em", _OF_WINDOWS
            runs, taps = (1, width) if node.option("dilation_w_factor") == 1 else (width, 1)
        own: dict[str, Parameter] = {}
        if kernel == "conv_2d_armv7em":
            own = {"runs": runs, "run_taps": taps, "input_zero_point": quantization(graph.input(node)).zero_point}
        columns, run = graph.output(node).shape[2], taps * channels
        own |= channel_pairs_armv7em.parameters(graph, node, height * runs, columns)
        pixel_bytes = channel_pairs_armv7em.scratch_bytes(run, height * runs) + (
            run if kernel == "conv_2d_armv7em" else 0
        )
        scratch_bytes = pixel_bytes * channel_pairs_armv7em.pixels(run, height * runs, columns)
        return tuple(
            replace(call, parameters=_kept(call.parameters, names) | own, scratch_bytes=scratch_bytes)
            for call in convolution.calls(graph, node, kernel, {})
        )

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By windows, for one image; never pixel by pixel, as the kernels work on pairs of pixels."""
        call = self.calls(graph, node)[0]
        rows = convolution.rows(graph, node, call)
        if rows is None:
            return None
        return replace(rows, scratch_bytes=call.scratch_bytes, pixel=None, column_stride=0)


def _kept(parameters: Mapping[str, Parameter], names: tuple[str, ...]) -> dict[str, Parameter]:
    return {name: parameters[name] for name in names}
