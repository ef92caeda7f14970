"""SUB: the folder's public name."""

from lilliput.operators.sub.sub import Sub

__all__ = ["Sub"]
