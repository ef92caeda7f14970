"""FULLY_CONNECTED: the folder's public name, and what implementations there are."""

from lilliput.operators.fully_connected.fully_connected import FullyConnected
from lilliput.operators.fully_connected.fully_connected_armv7em import FullyConnectedArmv7em

FullyConnected.variants = (FullyConnectedArmv7em(),)

__all__ = ["FullyConnected"]
