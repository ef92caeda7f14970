"""STRIDED_SLICE: the folder's public name."""

from lilliput.operators.strided_slice.strided_slice import StridedSlice

__all__ = ["StridedSlice"]
