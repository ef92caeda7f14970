"""TRANSPOSE: the folder's public name."""

from lilliput.operators.transpose.transpose import Transpose

__all__ = ["Transpose"]
