"""CONCATENATION: the folder's public name."""

from lilliput.operators.concatenation.concatenation import Concatenation

__all__ = ["Concatenation"]
