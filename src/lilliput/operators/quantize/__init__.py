"""QUANTIZE: the folder's public name."""

from lilliput.operators.quantize.quantize import Quantize

__all__ = ["Quantize"]
