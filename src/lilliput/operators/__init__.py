"""The supported operators: one folder each, and this tuple."""

from lilliput.operators.conv_2d import Conv2D
from lilliput.operators.depthwise_conv_2d import DepthwiseConv2D
from lilliput.operators.fully_connected import FullyConnected
from lilliput.operators.operator import Operator

ALL: tuple[Operator, ...] = (
    Conv2D(),
    DepthwiseConv2D(),
    FullyConnected(),
)
