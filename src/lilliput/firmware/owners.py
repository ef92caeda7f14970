"""Section and symbols -> owners: which symbols own bytes, under which name, and who wins where they overlap."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lilliput.firmware.elf import Elf, Section, Symbol, SymbolKind

# Marks between code and data ($a, $t, $d, $x with what follows) and compilers' local labels.
_NO_NAME = re.compile(r"\$|\.L")
# What linker scripts call the borders of sections.
_BORDER = re.compile(
    r"_*[a-zA-Z]\w*_(?:start|end|begin|stop|limit|base|top|size|load)_*|"
    r"_+[se]i?(?:text|data|bss|rodata|stack|heap)\w*|_*(?:end|etext|edata)_*|_*(?:Heap|Stack)(?:Base|Limit|Top)"
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The symbols that begin at `start`, the best name first; `end` is `start` where none has a size.

    `symbol` is the index of the best. `is_code` is True for functions and for labels in code.
    """

    start: int
    end: int
    symbol: int
    names: tuple[str, ...]
    is_code: bool


def sized_and_unsized(
    elf: Elf, section: Section, symbols: Iterable[int], borders: frozenset[str]
) -> tuple[Sequence[Owner], Sequence[Owner]]:
    """The owners of `section` in order: disjoint ones with a size, and those whose end nobody knows.

    `symbols` are indices, `borders` the symbols that the linker script defines: they own nothing.
    """
    by_address: dict[int, list[int]] = {}
    for index in symbols:
        symbol = elf.symbols[index]
        if section.address <= symbol.address < section.end and _can_own(symbol, borders):
            by_address.setdefault(symbol.address, []).append(index)
    owners = [_owner(elf, section, address, indices) for address, indices in sorted(by_address.items())]
    sized = _innermost(each for each in owners if each.end > each.start)
    return tuple(sized), tuple(each for each in owners if each.end == each.start)


def _owner(elf: Elf, section: Section, address: int, indices: list[int]) -> Owner:
    ranked = sorted(indices, key=lambda index: _rank(elf.symbols[index])) if len(indices) > 1 else indices
    best = elf.symbols[ranked[0]]
    return Owner(
        start=address,
        end=min(address + best.size_bytes, section.end),
        symbol=ranked[0],
        names=tuple(dict.fromkeys(elf.symbols[index].name for index in ranked)),
        is_code=section.executable and best.kind is not SymbolKind.OBJECT,
    )


def _can_own(symbol: Symbol, borders: frozenset[str]) -> bool:
    if not symbol.name or symbol.kind in (SymbolKind.SECTION, SymbolKind.FILE):
        return False
    if symbol.size_bytes or symbol.kind in (SymbolKind.FUNCTION, SymbolKind.OBJECT):
        return True
    is_border = symbol.name in borders or _BORDER.fullmatch(symbol.name)
    return symbol.kind is SymbolKind.LABEL and not is_border and not _NO_NAME.match(symbol.name)


def _rank(symbol: Symbol) -> tuple[object, ...]:
    """The largest size first, then by name: typed, global, not weak, without underscores, short."""
    mangled = symbol.name.startswith("_Z")
    underscores = 0 if mangled else len(symbol.name) - len(symbol.name.lstrip("_"))
    is_label = symbol.kind is SymbolKind.LABEL
    binding = (not symbol.is_global, symbol.is_weak)
    return (-symbol.size_bytes, is_label, binding, underscores, len(symbol.name), symbol.name)


def _innermost(owners: Iterable[Owner]) -> Iterator[Owner]:
    """Disjoint owners in order: where symbols overlap, the one that begins last has the bytes."""
    pending: list[Owner] = []
    position = 0
    for owner in owners:
        yield from _closed(pending, position, owner.start)
        position = owner.start
        pending.append(owner)
    yield from _closed(pending, position, max((each.end for each in pending), default=0))


def _closed(pending: list[Owner], position: int, until: int) -> Iterator[Owner]:
    """What the `pending` owners have of [`position`, `until`), the last first; drops those that end there."""
    while pending and position < until:
        last = pending[-1]
        end = min(last.end, until)
        if position < end:
            whole = position == last.start and end == last.end
            yield last if whole else replace(last, start=position, end=end)
            position = end
        if last.end <= until:
            pending.pop()
