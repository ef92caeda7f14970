"""RESIZE_NEAREST_NEIGHBOR: the folder's public name."""

from lilliput.operators.resize_nearest_neighbor.resize_nearest_neighbor import ResizeNearestNeighbor

__all__ = ["ResizeNearestNeighbor"]
