"""The folder's public name."""

from lilliput.encodings.bitmap.bitmap import Bitmap

__all__ = ["Bitmap"]
