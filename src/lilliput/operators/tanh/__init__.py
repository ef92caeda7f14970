"""TANH: the folder's public name."""

from lilliput.operators.tanh.tanh import Tanh

__all__ = ["Tanh"]
