"""How often each symbol occurs -> a prefix code, canonical and with codewords of limited length."""

from collections.abc import Mapping
from dataclasses import dataclass

from lilliput.encodings.prefix.lengths import canonical_prefixes, prefix_lengths


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
    lengths = prefix_lengths([counts[symbol] for symbol in symbols], longest) if len(symbols) > 1 else [1]
    words = map(Codeword, canonical_prefixes(lengths), lengths)
    return dict(zip(symbols, words, strict=True))
