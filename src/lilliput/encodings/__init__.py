"""Lossless encodings of weights. Adding one is a folder, and a line in `ALL`."""

from lilliput.encodings.bitmap import Bitmap
from lilliput.encodings.encoding import Code, Encoding, Stored, Weights
from lilliput.encodings.int4 import Int4
from lilliput.encodings.lookup import Lookup
from lilliput.encodings.prefix import Prefix

__all__ = ["ALL", "Code", "Encoding", "Stored", "Weights"]

ALL: tuple[Encoding, ...] = (
    Bitmap(),
    Int4(),
    Lookup(),
    Prefix(),
)
