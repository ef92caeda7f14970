"""ADD: the folder's public name."""

from lilliput.operators.add.add import Add

__all__ = ["Add"]
