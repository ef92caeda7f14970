"""PACK: the folder's public name."""

from lilliput.operators.pack.pack import Pack

__all__ = ["Pack"]
