"""A prefix code -> the smallest tables from which TFLM's kernel decodes it.

A table of 2^w entries is indexed by the next w bits. An entry is a symbol, with the number of these bits that are its
own (the kernel puts the others back), or leads to another table: its width, and how many entries behind this one it
starts. From its top bit on an entry has a mark for symbols, four bits for the number of bits (of tables one less), and
the symbol or distance. Entries take 2 bytes, where symbols are int8 and distances small, or 4.
Source: tensorflow/lite/micro/kernels/decode_state_huffman.cc and .h.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lilliput.tflm.decode.huffman_code import Codeword

WIDEST_BITS = 15
"""The largest number of bits that an entry can hold for a symbol."""


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """A part of the code as a binary tree: a leaf with a symbol, or two branches."""

    symbol: int = 0
    branches: "tuple[_Tree, _Tree] | None" = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: a `symbol` whose codeword ends after `bits` bits, or the `distance` to a table of `bits` bits."""

    bits: int
    symbol: int | None = None
    distance: int = 0


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables one after the other; the first is indexed by `width` bits.

    `window` is for each symbol how many bits the kernel has read when it finds it, those included that it puts back.
    """

    width: int
    entries: tuple[Entry, ...]
    window: Mapping[int, int]


def smallest_tables(code: Mapping[int, Codeword]) -> Tables:
    """The tables with the fewest entries, found exactly: every width is tried for every table."""
    builder = _Builder()
    root = _tree(code)
    return builder.lay_out(root)


def _tree(code: Mapping[int, Codeword]) -> _Tree:
    leaves = {(word.length, word.bits): _Tree(symbol) for symbol, word in code.items()}
    if len(leaves) == 1:
        # Either bit means the only symbol, so no bit leads nowhere.
        (leaf,) = leaves.values()
        return _Tree(branches=(leaf, leaf))
    deepest = max(length for length, _ in leaves)
    level: dict[int, _Tree] = {}
    for length in range(deepest, -1, -1):
        joined = {bits // 2: _Tree(branches=(level[bits], level[bits + 1])) for bits in sorted(level)[::2]}
        level = joined | {bits: leaf for (size, bits), leaf in leaves.items() if size == length}
    return level[0]


class _Builder:
    """Finds each subtree's best width once."""

    def __init__(self) -> None:
        self._best: dict[_Tree, tuple[int, int]] = {}

    def lay_out(self, root: _Tree) -> Tables:
        """Tables in the order in which entries lead to them."""
        entries: list[Entry | None] = []
        window: dict[int, int] = {}
        width = self._width(root)
        waiting = [(root, 0, -1)]
        for tree, read_bits, leading in waiting:
            start, own_width = len(entries), self._width(tree)
            if leading >= 0:
                entries[leading] = Entry(own_width, distance=start - leading)
            for branch, depth in _slots(tree, own_width):
                if branch.branches is None:
                    window[branch.symbol] = read_bits + own_width
                    entries.append(Entry(depth, branch.symbol))
                else:
                    waiting.append((branch, read_bits + own_width, len(entries)))
                    entries.append(None)
        return Tables(width, tuple(entry for entry in entries if entry is not None), window)

    def _width(self, tree: _Tree) -> int:
        return self._find(tree)[1]

    def _find(self, tree: _Tree) -> tuple[int, int]:
        """(entries of the tree's tables, width of the first): the fewest entries, and of equal ones the wider table."""
        if tree not in self._best:
            found: list[tuple[int, int]] = []
            inner = [tree]
            for width in range(1, WIDEST_BITS + 1):
                inner = [each for parent in inner for each in parent.branches or () if each.branches is not None]
                found.append(((1 << width) + sum(self._find(each)[0] for each in inner), -width))
                if not inner:
                    break
            entries, negative_width = min(found)
            self._best[tree] = entries, -negative_width
        return self._best[tree]


def _slots(tree: _Tree, width: int) -> list[tuple[_Tree, int]]:
    """What each index of the tree's table leads to, and after how many bits."""
    slots = [(tree, 0)]
    for _ in range(width):
        slots = [
            (branch, depth if branch is each else depth + 1)
            for each, depth in slots
            for branch in (each.branches or (each, each))
        ]
    return slots
