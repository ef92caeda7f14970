"""FULLY_CONNECTED: the folder's public name."""

from lilliput.operators.fully_connected.fully_connected import FullyConnected

__all__ = ["FullyConnected"]
