"""MUL: the folder's public name."""

from lilliput.operators.mul.mul import Mul

__all__ = ["Mul"]
