"""DEPTHWISE_CONV_2D: the operator with all its implementations."""

from typing import ClassVar

from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d import DepthwiseConv2D as PortableDepthwiseConv2D
from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d_armv7em import (
    DepthwiseConv2D3x3Armv7em,
    DepthwiseConv2DArmv7em,
    DepthwiseConv2DColumnArmv7em,
)
from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d_blocked import (
    DepthwiseConv2DBlocked,
    DepthwiseConv2DPacked,
    DepthwiseConv2DThumb1,
)
from lilliput.operators.depthwise_conv_2d.depthwise_conv_2d_one_channel_armv7em import (
    DepthwiseConv2DOfOneChannelArmv7em,
)
from lilliput.operators.operator import Operator


class DepthwiseConv2D(PortableDepthwiseConv2D):
    """Portable, with what is faster on some cores."""

    variants: ClassVar[tuple[Operator, ...]] = (
        DepthwiseConv2DOfOneChannelArmv7em(),
        DepthwiseConv2DColumnArmv7em(),
        DepthwiseConv2D3x3Armv7em(),
        DepthwiseConv2DArmv7em(),
        DepthwiseConv2DThumb1(),
        DepthwiseConv2DPacked(),
        DepthwiseConv2DBlocked(),
    )


__all__ = ["DepthwiseConv2D"]
