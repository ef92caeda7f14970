"""DEPTHWISE_CONV_2D: the folder's public name."""

from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d import DepthwiseConv2D

__all__ = ["DepthwiseConv2D"]
