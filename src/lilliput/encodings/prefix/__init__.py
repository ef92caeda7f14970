"""The folder's public name."""

from lilliput.encodings.prefix.prefix import Prefix

__all__ = ["Prefix"]
