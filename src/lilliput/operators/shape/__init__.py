"""SHAPE: the folder's public name."""

from lilliput.operators.shape.shape import Shape

__all__ = ["Shape"]
