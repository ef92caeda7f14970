"""MEAN: the folder's public name."""

from lilliput.operators.mean.mean import Mean

__all__ = ["Mean"]
