"""CONV_2D: the folder's public name, and what implementations there are."""

from lilliput.operators.conv_2d.conv_2d import Conv2D
from lilliput.operators.conv_2d.conv_2d_armv7em import Conv2DArmv7em
from lilliput.operators.conv_2d.conv_2d_blocked import Conv2DBlocked
from lilliput.operators.conv_2d.conv_2d_thumb1 import Conv2DThumb1

Conv2D.variants = (Conv2DArmv7em(), Conv2DThumb1(), Conv2DBlocked())

__all__ = ["Conv2D"]
