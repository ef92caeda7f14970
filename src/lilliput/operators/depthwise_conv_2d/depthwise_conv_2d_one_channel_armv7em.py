"""DEPTHWISE_CONV_2D of one input channel for Armv7E-M: it is a convolution, whose kernels are the faster ones."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators.conv_2d.conv_2d_armv7em import Conv2DArmv7em
from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d import DepthwiseConv2D
from lilliput.operators.operator import Call, RowCall

_CONVOLUTION = Conv2DArmv7em()


class DepthwiseConv2DOfOneChannelArmv7em(DepthwiseConv2D):
    """All output channels read the same input channel."""

    variant: ClassVar[str] = "armv7em"
    features: ClassVar[frozenset[str]] = _CONVOLUTION.features

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether there is one input channel, and the convolution can be computed."""
        return graph.input(node).shape[-1] == 1 and _CONVOLUTION.applies(*_as_convolution(graph, node))

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """Those of the convolution."""
        return _CONVOLUTION.calls(*_as_convolution(graph, node))

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Those of the convolution."""
        return _CONVOLUTION.rows(*_as_convolution(graph, node))


def _as_convolution(graph: Graph, node: Node) -> tuple[Graph, Node]:
    """The graph with this node's weights as a convolution's, and the node as a convolution."""
    index = node.inputs[1]
    tensor = graph.tensors[index]
    weights = np.ascontiguousarray(np.asarray(tensor.data).transpose(3, 1, 2, 0))
    weights.setflags(write=False)
    quantization = None if tensor.quantization is None else replace(tensor.quantization, axis=0)
    transposed = replace(tensor, shape=weights.shape, data=weights, quantization=quantization)
    tensors = (*graph.tensors[:index], transposed, *graph.tensors[index + 1 :])
    return replace(graph, tensors=tensors), replace(node, operator="conv_2d")
