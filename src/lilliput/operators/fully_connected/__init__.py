"""FULLY_CONNECTED: the folder's public name, and what implementations there are."""

from lilliput.operators.fully_connected.fully_connected import FullyConnected
from lilliput.operators.fully_connected.fully_connected_armv7em import FullyConnectedArmv7em
from lilliput.operators.fully_connected.fully_connected_blocked import FullyConnectedBlocked

FullyConnected.variants = (FullyConnectedArmv7em(), FullyConnectedBlocked())

__all__ = ["FullyConnected"]
