"""Counts of symbols -> lengths of prefixes: the shortest ones that are not longer than a limit."""

from collections.abc import Sequence


def prefix_lengths(counts: Sequence[int], limit: int) -> list[int]:
    """The lengths, at most `limit`, with the smallest sum of count times length; 2 to 2^limit symbols.

    The package-merge algorithm: Larmore and Hirschberg, "A fast algorithm for optimal length-limited Huffman codes"
    (1990). A package is its count and the symbols in it.
    """
    symbols = sorted((count, (symbol,)) for symbol, count in enumerate(counts))
    packages: list[tuple[int, tuple[int, ...]]] = []
    for _ in range(limit):
        merged = sorted(symbols + packages)
        pairs = zip(merged[::2], merged[1::2], strict=False)
        packages = [(one[0] + other[0], one[1] + other[1]) for one, other in pairs]
    lengths = [0] * len(counts)
    for _, inside in packages[: len(counts) - 1]:
        for symbol in inside:
            lengths[symbol] += 1
    return lengths


def canonical_prefixes(lengths: Sequence[int]) -> list[int]:
    """The prefixes of these lengths, in the order of length and symbol; none begins with another."""
    prefixes = [0] * len(lengths)
    following, last = 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths)):
        following <<= length - last
        prefixes[symbol], last = following, length
        following += 1
    return prefixes
