"""SOFTMAX: the folder's public name."""

from lilliput.operators.softmax.softmax import Softmax

__all__ = ["Softmax"]
