"""LOGISTIC: the folder's public name."""

from lilliput.operators.logistic.logistic import Logistic

__all__ = ["Logistic"]
