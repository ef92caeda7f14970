"""Outputs of two runs -> how far they differ."""

from collections.abc import Sequence

Outputs = Sequence[Sequence[bytes]]
"""For each set of inputs the raw bytes of each output."""


def differing(expected: Outputs, actual: Outputs) -> int:
    """How many bytes differ between two lists of outputs of the same shape."""
    pairs = zip(flat(expected), flat(actual), strict=True)
    return sum(a != b for left, right in pairs for a, b in zip(left, right, strict=True))


def flat(outputs: Outputs) -> list[bytes]:
    """All outputs in one list."""
    return [data for sample in outputs for data in sample]
