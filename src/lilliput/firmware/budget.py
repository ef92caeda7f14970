"""Snapshot and the limits of a TOML file -> what is used of each, and an error that names who uses most of a full one.

    [budget]
    flash = "256K"
    ram = 32768

    [budget.regions]
    FLASH = "240K"

    [budget.groups]
    framework = { flash = "60K", ram = "4K" }

    [budget.symbols]
    "arm_convolve_*" = { flash = "8K" }

K is 1,024 bytes and M 1,048,576. A group includes those below it: framework all of framework/CMSIS-NN. Patterns are
matched with mangled and demangled names, as in a shell.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from lilliput.errors import DoesNotFitError, UsageError
from lilliput.firmware.firmware import Region
from lilliput.firmware.snapshot import Entry, Snapshot

_SIZE = re.compile(r"(\d{1,12}) ?([KM]?)(?:i?B)?")
_FACTORS = {"": 1, "K": 1 << 10, "M": 1 << 20}
_MOST_CONTRIBUTORS = 5
_ADDRESSES = 1 << 32
_ADVICE = 'Write [budget] with flash, ram, and tables regions, groups and symbols; a size is a number or as "16K".'


class Scope(Enum):
    """What a limit is for."""

    TOTAL = "total"
    REGION = "region"
    GROUP = "group"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `limit_bytes` of `memory`, "flash" or "ram" ("" for a region), for what `name` says."""

    scope: Scope
    name: str
    memory: str
    limit_bytes: int

    @property
    def title(self) -> str:
        """Such as "region FLASH", "group model, flash" or "total ram"."""
        if self.scope is Scope.TOTAL:
            return f"total {self.memory}"
        return f"{self.scope.value} {self.name}" + (f", {self.memory}" if self.memory else "")


@dataclass(frozen=True, slots=True)
class Contributor:
    """What one symbol takes from a limit."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Spending:
    """What is used of a limit, and by whom; the largest of all contributors first."""

    limit: Limit
    used_bytes: int
    contributors: tuple[Contributor, ...]

    @property
    def excess_bytes(self) -> int:
        """Bytes beyond the limit, 0 when it is kept."""
        return max(0, self.used_bytes - self.limit.limit_bytes)


def read_budget(path: Path) -> tuple[Limit, ...]:
    """The limits of a budget file, whose other tables do not matter. Raises UsageError for a wrong file."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the budget cannot be read: {error.strerror}", str(path), _ADVICE) from error
    except ValueError as error:
        raise UsageError(f"the budget is no TOML: {error}", str(path), _ADVICE) from error
    limits = tuple(_limits(content.get("budget"), str(path)))
    if not limits:
        raise UsageError("there is no budget in the file", str(path), _ADVICE)
    return limits


def measure(snapshot: Snapshot, limits: Iterable[Limit]) -> tuple[Spending, ...]:
    """What the firmware takes from every limit. Raises UsageError when a limit names a region that there is not."""
    return tuple(_MEASURES[each.scope](snapshot, each) for each in limits)


def check(spendings: Sequence[Spending]) -> None:
    """Raise DoesNotFitError with all limits that are exceeded and who takes most of them."""
    exceeded = [each for each in spendings if each.excess_bytes]
    if exceeded:
        noun = "budget is" if len(exceeded) == 1 else "budgets are"
        lines = "".join(f"\n  - {_complaint(each)}" for each in exceeded)
        advice = "Make the largest contributors smaller, or raise the budget."
        raise DoesNotFitError(f"{len(exceeded)} {noun} exceeded:{lines}", advice=advice)


def _complaint(spending: Spending) -> str:
    limit = spending.limit
    most = ", ".join(f"{each.name} {each.size_bytes:,}" for each in spending.contributors[:_MOST_CONTRIBUTORS])
    return (
        f"{limit.title}: {spending.used_bytes:,} of {limit.limit_bytes:,} bytes, "
        f"{spending.excess_bytes:,} too many; largest: {most}"
    )


def _limits(budget: Any, where: str) -> Iterator[Limit]:
    tables = dict(_table(budget, "budget", where))
    regions, groups, symbols = (tables.pop(name, {}) for name in ("regions", "groups", "symbols"))
    yield from _memory_limits(Scope.TOTAL, "", tables, where)
    for name, size in _table(regions, "budget.regions", where).items():
        yield Limit(Scope.REGION, name, "", _size(size, name, where))
    for scope, table in ((Scope.GROUP, groups), (Scope.SYMBOL, symbols)):
        for name, sizes in _table(table, f"budget.{scope.value}s", where).items():
            yield from _memory_limits(scope, name, _table(sizes, name, where), where)


def _memory_limits(scope: Scope, name: str, sizes: Mapping[str, Any], where: str) -> Iterator[Limit]:
    for memory, size in sizes.items():
        if memory not in ("flash", "ram"):
            raise UsageError(f"the budget has no key {memory!r}", where, _ADVICE)
        yield Limit(scope, name, memory, _size(size, name or memory, where))


def _table(value: Any, name: str, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{name} is no table of the budget", where, _ADVICE)
    return cast(dict[str, Any], value)


def _size(value: Any, name: str, where: str) -> int:
    found = _SIZE.fullmatch(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if found is None:
        raise UsageError(f"the budget of {name} is no size: {value!r}", where, _ADVICE)
    return int(found[1]) * _FACTORS[found[2]]


def _total(snapshot: Snapshot, limit: Limit) -> Spending:
    return _spending(limit, snapshot.entries)


def _group(snapshot: Snapshot, limit: Limit) -> Spending:
    return _spending(limit, (each for each in snapshot.entries if f"{each.group}/".startswith(f"{limit.name}/")))


def _symbol(snapshot: Snapshot, limit: Limit) -> Spending:
    names = ((each, (each.name, each.demangled)) for each in snapshot.entries)
    return _spending(limit, (each for each, both in names if any(fnmatchcase(name, limit.name) for name in both)))


def _spending(limit: Limit, entries: Iterable[Entry]) -> Spending:
    sizes = ((each, each.flash_bytes if limit.memory == "flash" else each.ram_bytes) for each in entries)
    contributors = _contributors(sizes)
    return Spending(limit, sum(each.size_bytes for each in contributors), contributors)


def _region(snapshot: Snapshot, limit: Limit) -> Spending:
    region = next((each for each in snapshot.regions if each.name == limit.name), None)
    if region is None:
        known = ", ".join(each.name for each in snapshot.regions) or "none"
        raise UsageError(f"the firmware has no region {limit.name}", snapshot.name, f"Its regions are: {known}.")
    addresses = range(region.address, _end(region, snapshot.regions))
    return Spending(
        limit, region.used_bytes, _contributors((each, _size_in(each, addresses)) for each in snapshot.entries)
    )


def _end(region: Region, regions: Iterable[Region]) -> int:
    """Where a region ends; one without a known size at the next one."""
    if region.size_bytes:
        return region.address + region.size_bytes
    return min((each.address for each in regions if each.address > region.address), default=_ADDRESSES)


def _size_in(entry: Entry, addresses: range) -> int:
    flash = entry.flash_bytes if entry.load_address in addresses else 0
    ram = entry.ram_bytes if entry.address in addresses else 0
    return max(flash, ram)


def _contributors(sizes: Iterable[tuple[Entry, int]]) -> tuple[Contributor, ...]:
    found = (Contributor(entry.demangled, size) for entry, size in sizes if size)
    return tuple(sorted(found, key=lambda each: (-each.size_bytes, each.name)))


_MEASURES = {Scope.TOTAL: _total, Scope.REGION: _region, Scope.GROUP: _group, Scope.SYMBOL: _symbol}
