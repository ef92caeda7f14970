"""Linker map -> MapFile: memories, and which object file brought which bytes. Reads the maps of GNU ld and of lld.

A map is hint, not truth: what it says is used only where it agrees with the ELF file, so that a map of another build
names fewer bytes but never wrong ones. Every line is read once; lines that mean nothing here are passed over.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lilliput.errors import UsageError

_NOT_A_MAP = "Give the file that the linker wrote with -Map=FILE."
_GNU_MEMORIES, _GNU_SECTIONS = "Memory Configuration", "Linker script and memory map"
_LLD_HEADER = re.compile(r"\s*VMA\s+LMA\s+Size\s+Align\s+Out\s+In\s+Symbol")

_MEMORY = re.compile(r"(\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s*(.*)")
_PLACE = re.compile(r"\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?: (.*))?")
_ASSIGNED = re.compile(r"\s+\[?0x[0-9a-f]+\]?\s+(?:PROVIDE(?:_HIDDEN)? \()?([A-Za-z_.$][\w.$]*)\s*[=,]")
_LLD_LINE = re.compile(r"\s*([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)\s+\d+ ( *)(.*)")
_LLD_ASSIGNED = re.compile(r"(?:PROVIDE(?:_HIDDEN)?\()?([A-Za-z_$][\w.$]*) = ")
_ARCHIVE_MEMBER = re.compile(r"(.*\.(?:a|lib|rlib))\((.*)\)")
_LLD_ARCHIVE_MEMBER = re.compile(r"(.*\.(?:a|lib|rlib))(?:\((.*)\)|:(.*))")
# The compiler's temporary files have other names in every build.
_TEMPORARY = re.compile(r".*/cc\w{6}\.(ltrans\d*)(?:\.ltrans)?\.o|.*\.(ltrans\d+)(?:\.ltrans)?\.o")

FILL = "*fill*"
"""The input section of bytes that the linker put in for alignment."""


@dataclass(frozen=True, slots=True)
class Memory:
    """A line of the linker script's MEMORY. `attributes` are as the map writes them: "xrw", "rw !x" or ""."""

    name: str
    address: int
    size_bytes: int
    attributes: str


@dataclass(frozen=True, slots=True)
class OutputSection:
    """A section of the linked file, as the map has it."""

    name: str
    address: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """Bytes that one input section of one object brought: `size_bytes` at `address` in `output`.

    `object` is the object's path, or the member of `archive` when that is not "". Both are "" for linker-made bytes,
    whose `input_section` is `FILL` when they are for alignment.
    """

    output: OutputSection
    input_section: str
    address: int
    size_bytes: int
    object: str
    archive: str


@dataclass(frozen=True, slots=True)
class MapFile:
    """What the map says. `assigned` are the symbols that the linker script defines."""

    memories: tuple[Memory, ...]
    contributions: tuple[Contribution, ...]
    assigned: frozenset[str]


def read_map(path: Path) -> MapFile:
    """Read a map file of GNU ld or lld. Raises UsageError when it is missing or no such map."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise UsageError(f"the map cannot be read: {error.strerror}", str(path), _NOT_A_MAP) from error
    if lines and _LLD_HEADER.match(lines[0]):
        return _lld(lines)
    if _GNU_SECTIONS in lines:
        return _gnu(lines)
    raise UsageError("this is no map of GNU ld or lld", str(path), _NOT_A_MAP)


def _gnu(lines: list[str]) -> MapFile:
    start = lines.index(_GNU_SECTIONS)
    first = lines.index(_GNU_MEMORIES) if _GNU_MEMORIES in lines[:start] else start
    end = next((index for index in range(start, len(lines)) if lines[index] == "Cross Reference Table"), len(lines))
    found = (_MEMORY.fullmatch(line) for line in lines[first:start])
    memories = tuple(
        Memory(match[1], int(match[2], 16), int(match[3], 16), match[4].strip())
        for match in found
        if match and match[1] != "*default*"
    )
    body = lines[start + 1 : end]
    assigned = frozenset(match[1] for line in body if (match := _ASSIGNED.match(line)))
    return MapFile(memories, tuple(_gnu_contributions(body)), assigned)


def _gnu_contributions(lines: list[str]) -> Iterator[Contribution]:
    """Contributions in the order of the map; discarded sections and patterns have no place and drop out."""
    output: OutputSection | None = None
    for name, address, size_bytes, rest in _gnu_places(lines):
        if not name.startswith(" "):
            output = OutputSection(name, address, size_bytes)
        elif output is not None and size_bytes:
            name = name.strip()
            member, archive = ("", "") if name == FILL or rest == "linker stubs" else _gnu_origin(rest)
            yield Contribution(output, name, address, size_bytes, member, archive)


def _gnu_places(lines: list[str]) -> Iterator[tuple[str, int, int, str]]:
    """Names with address, size and what follows; a long name stands alone on the line before."""
    pending = ""
    for line in lines:
        if line.startswith(" *(") or (line.startswith("  ") and not pending):
            continue
        name = pending or line[: _end_of_name(line)]
        place = _PLACE.fullmatch(line, 0 if pending else len(name))
        if place:
            yield name, int(place[1], 16), int(place[2], 16), (place[3] or "").strip()
        pending = name if not (place or pending) and line.strip() == name.strip() else ""


def _end_of_name(line: str) -> int:
    end = line.find(" ", 1)
    return end if end >= 0 else len(line)


@lru_cache(maxsize=1 << 14)
def _gnu_origin(text: str) -> tuple[str, str]:
    return _origin(text, _ARCHIVE_MEMBER.fullmatch(text))


def _origin(text: str, match: re.Match[str] | None) -> tuple[str, str]:
    """The object and the archive that a map's words name."""
    if match:
        return next(part for part in match.groups()[1:] if part is not None), _path(match[1])
    temporary = _TEMPORARY.fullmatch(text)
    return (f"{temporary[1] or temporary[2]}.o" if temporary else _path(text)), ""


def _path(text: str) -> str:
    return posixpath.normpath(text.replace("\\", "/"))


def _lld(lines: Iterable[str]) -> MapFile:
    """Columns: output sections stand at the left, inputs 8 and symbols 16 columns further right."""
    output: OutputSection | None = None
    contributions: list[Contribution] = []
    assigned: set[str] = set()
    for line in lines:
        match = _LLD_LINE.fullmatch(line)
        if match is None:
            continue
        address, size_bytes, indent, text = int(match[1], 16), int(match[2], 16), len(match[3]), match[4]
        if assignment := _LLD_ASSIGNED.match(text):
            assigned.add(assignment[1])
        elif indent == 0 and " " not in text:
            output = OutputSection(text, address, size_bytes)
        elif indent == 8 and output is not None and size_bytes and text.endswith(")"):
            file, _, section = text[:-1].rpartition(":(")
            member, archive = ("", "") if file == "<internal>" else _origin(file, _LLD_ARCHIVE_MEMBER.fullmatch(file))
            contributions.append(Contribution(output, section, address, size_bytes, member, archive))
    return MapFile((), tuple(contributions), frozenset(assigned))
