"""The folder's public name."""

from lilliput.encodings.lookup.lookup import Lookup

__all__ = ["Lookup"]
