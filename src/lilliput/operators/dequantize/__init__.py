"""DEQUANTIZE: the folder's public name."""

from lilliput.operators.dequantize.dequantize import Dequantize

__all__ = ["Dequantize"]
