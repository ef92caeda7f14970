"""MAX_POOL_2D: the folder's public name."""

from lilliput.operators.max_pool_2d.max_pool_2d import MaxPool2D

__all__ = ["MaxPool2D"]
