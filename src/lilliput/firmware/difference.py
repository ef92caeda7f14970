"""Two snapshots -> what changed, by region, group, object file and symbol. The changes sum to the change in total."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from lilliput.errors import InvariantError
from lilliput.firmware.matching import Pair, match
from lilliput.firmware.snapshot import Entry, Snapshot, object_title


class Kind(Enum):
    """What happened to a symbol."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    MOVED = "moved"
    """It has its name, but lies in another section or object file."""
    RESIZED = "resized"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of flash and RAM before and after, under one name."""

    name: str
    old_flash_bytes: int
    new_flash_bytes: int
    old_ram_bytes: int
    new_ram_bytes: int

    @property
    def flash_change_bytes(self) -> int:
        """More flash than before; negative for less."""
        return self.new_flash_bytes - self.old_flash_bytes

    @property
    def ram_change_bytes(self) -> int:
        """More RAM than before; negative for less."""
        return self.new_ram_bytes - self.old_ram_bytes

    @property
    def changed(self) -> bool:
        """Whether it takes more or less than before."""
        return self.flash_change_bytes != 0 or self.ram_change_bytes != 0


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """What happened to a symbol, or to what stands in for one.

    `entry` is the symbol as it is now, or as it was when it is gone; `old` as it was, None for an added one. Both have
    the new names of matched object files.
    """

    kind: Kind
    sizes: Sizes
    entry: Entry
    old: Entry | None


@dataclass(frozen=True, slots=True)
class RegionChange:
    """Bytes in use of a region before and after; `size_bytes` is its latest size, 0 when nobody knows."""

    name: str
    old_used_bytes: int
    new_used_bytes: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two snapshots; the largest change first, everywhere.

    `groups` and `objects` hold all that either snapshot has, `symbols` only what is not unchanged. Each of the three
    sums to the change of `total`. Object files go by `object_title`. Where `one_map` holds, only one of the snapshots
    was taken with a map, and object files cannot be compared.
    """

    old_name: str
    new_name: str
    total: Sizes
    regions: tuple[RegionChange, ...]
    groups: tuple[Sizes, ...]
    objects: tuple[Sizes, ...]
    symbols: tuple[SymbolChange, ...]
    one_map: bool

    def __post_init__(self) -> None:
        symbols = tuple(each.sizes for each in self.symbols)
        for name, parts in (("groups", self.groups), ("objects", self.objects), ("symbols", symbols)):
            found = sum(each.flash_change_bytes for each in parts), sum(each.ram_change_bytes for each in parts)
            if found != (self.total.flash_change_bytes, self.total.ram_change_bytes):
                raise InvariantError(f"the changes of {name} sum to {found}, not to {self.total}")


def compare(old: Snapshot, new: Snapshot) -> Difference:
    """What changed from `old` to `new`."""
    pairs = match(_merged(old.entries), _merged(new.entries))
    was = [pair.old for pair in pairs if pair.old is not None]
    now = [pair.new for pair in pairs if pair.new is not None]
    changes = map(_change, pairs)
    symbols = (each for each in changes if each.kind is not Kind.UNCHANGED)
    return Difference(
        old_name=old.name,
        new_name=new.name,
        total=Sizes("total", old.flash_bytes, new.flash_bytes, old.ram_bytes, new.ram_bytes),
        regions=_regions(old, new),
        groups=_sums(was, now, lambda entry: entry.group),
        objects=_sums(was, now, object_title),
        symbols=tuple(sorted(symbols, key=lambda change: (*_rank(change.sizes), change.entry.address))),
        one_map=_has_map(old) != _has_map(new),
    )


def _has_map(snapshot: Snapshot) -> bool:
    """Whether most bytes of flash have an object file; without a map those of local symbols have their source file."""
    return 2 * sum(each.flash_bytes for each in snapshot.entries if each.object) > snapshot.flash_bytes


def _merged(entries: Iterable[Entry]) -> list[Entry]:
    """Entries with what has one name in one place made one, as all padding of a section."""
    merged: dict[tuple[str, ...], Entry] = {}
    for each in entries:
        key = (each.name, each.section, each.archive, each.object, each.group)
        if key in merged:
            first = merged[key]
            each = replace(
                first,
                flash_bytes=first.flash_bytes + each.flash_bytes,
                ram_bytes=first.ram_bytes + each.ram_bytes,
                content="",
            )
        merged[key] = each
    return list(merged.values())


def _change(pair: Pair[Entry]) -> SymbolChange:
    old, new = pair.old, pair.new
    entry = new or old
    if entry is None:
        raise InvariantError("a pair of nothing")
    sizes = Sizes(
        name=entry.demangled,
        old_flash_bytes=old.flash_bytes if old else 0,
        new_flash_bytes=new.flash_bytes if new else 0,
        old_ram_bytes=old.ram_bytes if old else 0,
        new_ram_bytes=new.ram_bytes if new else 0,
    )
    return SymbolChange(_kind(old, new), sizes, entry, old)


def _kind(old: Entry | None, new: Entry | None) -> Kind:
    if old is None:
        return Kind.ADDED
    if new is None:
        return Kind.REMOVED
    if old.name != new.name:
        return Kind.RENAMED
    in_other_object = (old.archive, old.object) != (new.archive, new.object)
    if old.section != new.section or (in_other_object and old.object and new.object):
        return Kind.MOVED
    resized = (old.flash_bytes, old.ram_bytes) != (new.flash_bytes, new.ram_bytes)
    return Kind.RESIZED if resized else Kind.UNCHANGED


def _regions(old: Snapshot, new: Snapshot) -> tuple[RegionChange, ...]:
    """The regions of both, first those that there are; one with another name is known by where it begins."""
    gone = list(old.regions)
    changes: list[RegionChange] = []
    for now in new.regions:
        alike = sorted(gone, key=lambda was: (was.name != now.name, was.address != now.address))
        was = alike[0] if alike and (alike[0].name == now.name or alike[0].address == now.address) else None
        changes.append(RegionChange(now.name, was.used_bytes if was else 0, now.used_bytes, now.size_bytes))
        gone = [each for each in gone if each is not was]
    return (*changes, *(RegionChange(each.name, each.used_bytes, 0, each.size_bytes) for each in gone))


def _sums(old: Iterable[Entry], new: Iterable[Entry], name_of: Callable[[Entry], str]) -> tuple[Sizes, ...]:
    """The bytes of all entries by a name that each has, largest change first."""
    totals: dict[str, list[int]] = {}
    for position, entries in enumerate((old, new)):
        for each in entries:
            sums = totals.setdefault(name_of(each), [0, 0, 0, 0])
            sums[position] += each.flash_bytes
            sums[position + 2] += each.ram_bytes
    return tuple(sorted((Sizes(name, *sums) for name, sums in totals.items()), key=_rank))


def _rank(sizes: Sizes) -> tuple[int, int, str]:
    """The order of changes: the largest in flash first, then the largest in RAM."""
    return -abs(sizes.flash_change_bytes), -abs(sizes.ram_change_bytes), sizes.name
