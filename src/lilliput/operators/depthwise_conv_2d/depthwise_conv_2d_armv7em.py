"""DEPTHWISE_CONV_2D for Armv7E-M: four channels at a time, on inputs that are widened once for a row of windows."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators import armv7em, convolution
from lilliput.operators.channel_records import RECORD_FIELDS
from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d import DepthwiseConv2D
from lilliput.operators.operator import Call, Constant, ConstantKind, RowCall

_GROUP = 4
"""Channels that are computed together."""
_LARGEST_SCRATCH_BYTES = 1600
_PAIR = ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3), (1, 2), (1, 3))
"""(row, channel) of the weights of two rows in a column of the filter, in the order in which SXTB16 finds pairs."""
_SINGLE = ((0, 0), (0, 1), (0, 2), (0, 3))
"""The same of a last row without another."""
_UNUSED = ("dilation_height", "dilation_width", *(f"output.{field}" for field in RECORD_FIELDS))


class DepthwiseConv2DArmv7em(DepthwiseConv2D):
    """Any filter without dilation, one output channel for each of at least four input channels."""

    variant: ClassVar[str] = "armv7em"
    features: ClassVar[frozenset[str]] = frozenset({"dsp"})
    kernel: ClassVar[str] = "depthwise_conv_2d_armv7em"
    unused: ClassVar[tuple[str, ...]] = _UNUSED
    """The fields of other kernels that this one does not have."""

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether filter and channels suit the kernel, sums its arithmetic, and two windows fit into scratch."""
        channels = graph.input(node).shape[-1]
        return (
            node.option("dilation_h_factor") == node.option("dilation_w_factor") == 1
            and graph.output(node).shape[-1] == channels >= _GROUP
            and armv7em.requantizes_quickly(graph, node)
            and self._scratch_bytes(graph, node, 2) <= _LARGEST_SCRATCH_BYTES
        )

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch."""
        segment = graph.output(node).shape[2]
        while segment > 1 and self._scratch_bytes(graph, node, segment) > _LARGEST_SCRATCH_BYTES:
            segment -= 1
        own = {"weights": self._weights(graph, node), "segment": segment, **armv7em.scaling(graph, node)}
        return tuple(
            replace(
                call,
                parameters={name: value for name, value in call.parameters.items() if name not in self.unused},
                scratch_bytes=self._scratch_bytes(graph, node, segment),
            )
            for call in convolution.calls(graph, node, self.kernel, own)
        )

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By windows, for one image."""
        call = self.calls(graph, node)[0]
        rows = convolution.rows(graph, node, call)
        return None if rows is None else replace(rows, scratch_bytes=call.scratch_bytes, pixel=None, column_stride=0)

    def _weights(self, graph: Graph, node: Node) -> Constant:
        """As the kernel reads them."""
        return _packed(graph, node)

    def _scratch_bytes(self, graph: Graph, node: Node, segment: int) -> int:
        """What `segment` outputs of a row need."""
        height, width = graph.input(node, 1).shape[1:3]
        pairs = (height + 1) // 2
        columns = (segment - 1) * node.option("stride_w") + width
        return 76 + 16 * ((pairs * width + 1) // 2 * 2 + pairs * columns)


class DepthwiseConv2D3x3Armv7em(DepthwiseConv2DArmv7em):
    """Filters of 3 x 3 taps."""

    kernel: ClassVar[str] = "depthwise_conv_2d_3x3_armv7em"
    unused: ClassVar[tuple[str, ...]] = (*_UNUSED, "filter_height", "filter_width")

    def applies(self, graph: Graph, node: Node) -> bool:
        """The same for these filters."""
        return graph.input(node, 1).shape[1:3] == (3, 3) and super().applies(graph, node)

    def _scratch_bytes(self, graph: Graph, node: Node, segment: int) -> int:
        return 140 + 24 * ((segment - 1) * node.option("stride_w") + 3)


class DepthwiseConv2DColumnArmv7em(DepthwiseConv2DArmv7em):
    """Filters of one column on an image of one column, which need no scratch memory."""

    kernel: ClassVar[str] = "depthwise_conv_2d_column_armv7em"
    unused: ClassVar[tuple[str, ...]] = (
        *_UNUSED, "filter_width", "input_width", "output_width", "padding_left", "stride_width", "segment",
    )  # fmt: skip

    def applies(self, graph: Graph, node: Node) -> bool:
        """The same for these filters."""
        return graph.input(node, 1).shape[2] == graph.input(node).shape[2] == 1 and super().applies(graph, node)

    def _weights(self, graph: Graph, node: Node) -> Constant:
        return Constant("weights", _used_weights(graph, node), ConstantKind.WEIGHTS)

    def _scratch_bytes(self, graph: Graph, node: Node, segment: int) -> int:
        return 0


def _used_weights(graph: Graph, node: Node) -> NDArray[np.int8]:
    """The weights, [height, width, channels], with zeros for channels whose scale is 0."""
    return np.where(armv7em.used_channels(graph, node), np.asarray(graph.input(node, 1).data)[0], np.int8(0))


def _packed(graph: Graph, node: Node) -> Constant:
    """The weights in the order in which the kernels read them: by four channels, columns and rows of the filter."""
    weights = _used_weights(graph, node)
    height, width, channels = weights.shape
    starts = [min(start, channels - _GROUP) for start in range(0, channels, _GROUP)]
    rows = [(top + row, channel) for top in range(0, height - 1, 2) for row, channel in _PAIR]
    rows += [(height - 1, channel) for _, channel in _SINGLE if height % 2]
    packed = [
        weights[row, column, start + channel] for start in starts for column in range(width) for row, channel in rows
    ]
    return Constant("weights", np.array(packed, np.int8), ConstantKind.WEIGHTS)
