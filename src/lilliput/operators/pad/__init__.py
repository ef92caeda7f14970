"""PAD: the folder's public name."""

from lilliput.operators.pad.pad import Pad

__all__ = ["Pad"]
