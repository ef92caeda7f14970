"""RESHAPE: the folder's public name."""

from lilliput.operators.reshape.reshape import Reshape

__all__ = ["Reshape"]
