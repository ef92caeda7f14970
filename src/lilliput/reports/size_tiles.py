"""Snapshot (+ Difference) -> the tiles of a treemap: group > archive > object file > symbol.

Flash, RAM and their changes of a tile are those of the tiles in it, so that the first tile, the firmware, has the
totals. However many symbols there are, the tiles are few: the small ones of a parent become one, with their sum.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest

from lilliput.firmware.difference import Difference, Kind, SymbolChange
from lilliput.firmware.snapshot import Entry, Snapshot, object_title

_Path = tuple[str, ...]
"""The names of group, archive, object file or section, and symbol; "" where there is none."""

_DEPTH = 4
_REST = "\0rest"
"""Stands in a path for all that is too small to be listed."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of the treemap. `parent` is the index of another tile, -1 for the firmware, which comes first.

    `change` says what happened to a symbol, "" when nothing did. `merged` counts the paths that were too small for
    tiles of their own, 0 where the tile has a name.
    """

    name: str
    parent: int
    flash_bytes: int
    ram_bytes: int
    flash_change_bytes: int
    ram_change_bytes: int
    change: str
    merged: int


@dataclass(slots=True)
class _Leaf:
    """What is added up under one path."""

    flash_bytes: int = 0
    ram_bytes: int = 0
    flash_change_bytes: int = 0
    ram_change_bytes: int = 0
    change: str = ""
    merged: int = 0

    def add(self, other: "_Leaf") -> None:
        self.flash_bytes += other.flash_bytes
        self.ram_bytes += other.ram_bytes
        self.flash_change_bytes += other.flash_change_bytes
        self.ram_change_bytes += other.ram_change_bytes

    @property
    def weight(self) -> int:
        """How much there is to see of it in any of the pictures."""
        return max(self.flash_bytes, self.ram_bytes, abs(self.flash_change_bytes), abs(self.ram_change_bytes))


def tiles(snapshot: Snapshot, difference: Difference | None = None, most: int = 4000) -> tuple[Tile, ...]:
    """The firmware's tiles, parents before what is in them; on each level at most `most` keep their names.

    What is gone has tiles of size 0 with its change. A symbol that went to another object file has two of them.
    """
    leaves = _leaves(snapshot.entries, () if difference is None else difference.symbols)
    for depth in range(1, _DEPTH + 1):
        leaves = _without_small_ones(leaves, depth, most)
    return tuple(_tree(snapshot.name, leaves))


def _leaves(entries: Iterable[Entry], changes: Iterable[SymbolChange]) -> dict[_Path, _Leaf]:
    leaves: dict[_Path, _Leaf] = defaultdict(_Leaf)
    for entry in entries:
        leaf = leaves[(*_place(entry), entry.demangled)]
        leaf.flash_bytes += entry.flash_bytes
        leaf.ram_bytes += entry.ram_bytes
    for each in changes:
        _add_change(leaves, each)
    return leaves


def _add_change(leaves: dict[_Path, _Leaf], change: SymbolChange) -> None:
    """What it took goes from where it was, and what it takes comes to where it is."""
    entry, old, sizes = change.entry, change.old, change.sizes
    now = leaves[(*_place(entry), entry.demangled)]
    now.change = change.kind.value
    was = now
    if old is not None and _lay_elsewhere(old, entry):
        was = leaves[(*_place(old), old.demangled)]
        was.change = f"now {entry.demangled} in {object_title(entry)}"
        now.change = f"was {old.demangled} in {object_title(old)}"
    elif old is not None and change.kind is Kind.RENAMED:
        now.change = f"renamed from {old.demangled}"
    was.flash_change_bytes -= sizes.old_flash_bytes
    was.ram_change_bytes -= sizes.old_ram_bytes
    now.flash_change_bytes += sizes.new_flash_bytes
    now.ram_change_bytes += sizes.new_ram_bytes


def _lay_elsewhere(old: Entry, new: Entry) -> bool:
    """Whether a symbol was in another place; without an object file, as when only one has a map, nothing says so."""
    return bool(old.object and new.object) and _place(old) != _place(new)


def _place(entry: Entry) -> _Path:
    """The path without the symbol; the section stands in for an object file that nobody knows."""
    return (entry.group, entry.archive, entry.object or entry.section)


def _without_small_ones(leaves: Mapping[_Path, _Leaf], depth: int, most: int) -> Mapping[_Path, _Leaf]:
    """The leaves with all but the `most` heaviest paths of a depth made one per parent."""
    weights: dict[_Path, int] = defaultdict(int)
    for path, leaf in leaves.items():
        if _REST not in path:
            weights[path[:depth]] += leaf.weight
    if len(weights) <= most:
        return leaves
    kept = set(nlargest(most, weights, key=weights.__getitem__))
    found: dict[_Path, _Leaf] = defaultdict(_Leaf)
    for path, leaf in leaves.items():
        if path[:depth] in kept or _REST in path:
            found[path] = leaf
        else:
            rest = found[(*path[: depth - 1], _REST)]
            rest.add(leaf)
            rest.merged += max(leaf.merged, 1)
    return found


def _tree(name: str, leaves: Mapping[_Path, _Leaf]) -> Iterator[Tile]:
    """The leaves and what they are in, each after its parent, with the sums."""
    sums: dict[_Path, _Leaf] = {(): _Leaf()}
    parents: dict[_Path, _Path] = {}
    for path, leaf in leaves.items():
        above: _Path = ()
        sums[above].add(leaf)
        for depth in range(1, len(path) + 1):
            if path[depth - 1]:
                inside = path[:depth]
                sums.setdefault(inside, _Leaf()).add(leaf)
                parents[inside] = above
                above = inside
        sums[above].change, sums[above].merged = leaf.change, leaf.merged
    numbers = {path: number for number, path in enumerate(sums)}
    for path, total in sums.items():
        yield Tile(
            name=path[-1] if path else name,
            parent=numbers[parents[path]] if path else -1,
            flash_bytes=total.flash_bytes,
            ram_bytes=total.ram_bytes,
            flash_change_bytes=total.flash_change_bytes,
            ram_change_bytes=total.ram_change_bytes,
            change=total.change,
            merged=total.merged,
        )
