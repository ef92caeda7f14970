"""How often each symbol occurs -> a prefix code, canonical and with codewords of limited length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Codeword:
    """The bits of a symbol: the lowest `length` ones of `bits`, the highest of them first."""

    bits: int
    length: int


def prefix_code(counts: Mapping[int, int], longest: int) -> Mapping[int, Codeword]:
    """The shortest code for symbols that occur so often, with at most `longest` bits a symbol.

    A symbol without company gets one bit. Requires len(counts) <= 2 ** longest. The codewords are canonical: the
    shorter, and of equal length the smaller symbol, the smaller their bits.
    """
    symbols = sorted(counts)
    lengths = _lengths([counts[symbol] for symbol in symbols], longest) if len(symbols) > 1 else [1]
    code: dict[int, Codeword] = {}
    following = previous = 0
    for length, symbol in sorted(zip(lengths, symbols, strict=True)):
        following <<= length - previous
        code[symbol] = Codeword(following, length)
        following, previous = following + 1, length
    return code


def _lengths(counts: Sequence[int], longest: int) -> list[int]:
    """Package-merge (Larmore and Hirschberg, 1990): of the cheapest 2n-2 packages each one lengthens its symbols."""
    leaves = [(count, (index,)) for index, count in enumerate(counts)]
    packages = sorted(leaves)
    for _ in range(longest - 1):
        pairs = zip(packages[::2], packages[1::2], strict=False)
        packages = sorted([*leaves, *((left[0] + right[0], left[1] + right[1]) for left, right in pairs)])
    lengths = [0] * len(counts)
    for _, members in packages[: 2 * len(counts) - 2]:
        for index in members:
            lengths[index] += 1
    return lengths
