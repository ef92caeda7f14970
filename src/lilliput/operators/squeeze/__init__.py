"""SQUEEZE: the folder's public name."""

from lilliput.operators.squeeze.squeeze import Squeeze

__all__ = ["Squeeze"]
