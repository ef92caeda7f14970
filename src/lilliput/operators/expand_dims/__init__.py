"""EXPAND_DIMS: the folder's public name."""

from lilliput.operators.expand_dims.expand_dims import ExpandDims

__all__ = ["ExpandDims"]
