"""AVERAGE_POOL_2D: the folder's public name."""

from lilliput.operators.average_pool_2d.average_pool_2d import AveragePool2D

__all__ = ["AveragePool2D"]
