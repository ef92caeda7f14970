"""CONV_2D: the folder's public name."""

from lilliput.operators.conv_2d.conv_2d import Conv2D

__all__ = ["Conv2D"]
