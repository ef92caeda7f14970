"""The folder's public name."""

from lilliput.encodings.int4.int4 import Int4

__all__ = ["Int4"]
