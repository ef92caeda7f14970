"""RELU: the folder's public name."""

from lilliput.operators.relu.relu import Relu

__all__ = ["Relu"]
