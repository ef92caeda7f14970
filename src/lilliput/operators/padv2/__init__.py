"""PADV2: the folder's public name."""

from lilliput.operators.padv2.padv2 import PadV2

__all__ = ["PadV2"]
