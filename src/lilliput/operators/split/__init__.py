"""SPLIT: the folder's public name."""

from lilliput.operators.split.split import Split

__all__ = ["Split"]
