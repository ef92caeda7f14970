"""RELU6: the folder's public name."""

from lilliput.operators.relu6.relu6 import Relu6

__all__ = ["Relu6"]
