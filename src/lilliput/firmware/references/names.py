"""Node -> what people call it, and pattern -> the nodes that it names."""

from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import PurePath

from lilliput.errors import UsageError
from lilliput.firmware.firmware import Firmware, Range
from lilliput.firmware.references.graph import ReferenceGraph

_MOST_TEXT_BYTES = 40
_LEAST_TEXT_BYTES = 3


def node_title(firmware: Firmware, graph: ReferenceGraph, node: int) -> str:
    """The demangled symbol of a node, the text that it holds, or what stands in for a symbol with its address."""
    each = firmware.ranges[int(graph.nodes.ranges[node])]
    if each.symbol >= 0:
        return each.demangled
    address, size = int(graph.nodes.addresses[node]), int(graph.nodes.sizes_bytes[node])
    section = firmware.elf.sections[each.section]
    content = bytes(section.data[address - section.address :][: min(size, _MOST_TEXT_BYTES)])
    text, end, _ = content.partition(b"\0")
    if end and len(text) >= _LEAST_TEXT_BYTES and text.isascii() and text.decode().isprintable():
        return f'"{text.decode()}"'
    return f"{each.demangled} at {address:#x}"


def object_title(each: Range) -> str:
    """The object file of a range, as "archive(object)" for one from a library; "" where nobody knows."""
    return f"{PurePath(each.archive).name}({each.object})" if each.archive else each.object


def named_nodes(firmware: Firmware, graph: ReferenceGraph, pattern: str, *, symbols_only: bool) -> list[int]:
    """The nodes that `pattern` names: by symbol, and without `symbols_only` by object, archive and group, too.

    Symbols count as they stand in the file, demangled, and demangled without parameters. "*" and "?" stand for letters.
    Raises UsageError when it names nothing.
    """
    literal = pattern.replace("[", "[[]")
    matches = {
        index for index, each in enumerate(firmware.ranges) if _is_named(each, literal, symbols_only=symbols_only)
    }
    found = [node for node, index in enumerate(graph.nodes.ranges.tolist()) if index in matches]
    if not found:
        known = {name for each in firmware.ranges if each.symbol >= 0 for name in (each.name, _short(each))}
        close = get_close_matches(pattern, known, 1)
        kinds = "symbol" if symbols_only else "symbol, object file, archive or group"
        advice = f"Did you mean {close[0]}?" if close else f"Give a {kinds}; * stands for any letters."
        raise UsageError(f"nothing in the firmware is called {pattern}", firmware.elf.name, advice)
    return found


def _is_named(each: Range, pattern: str, *, symbols_only: bool) -> bool:
    names = [each.name, *each.aliases, each.demangled, _short(each)] if each.symbol >= 0 else []
    if not symbols_only:
        names += [object_title(each), PurePath(each.object).name, each.archive, PurePath(each.archive).name, each.group]
    return any(name and fnmatchcase(name, pattern) for name in names)


def _short(each: Range) -> str:
    """The demangled name without parameters."""
    return each.demangled.partition("(")[0]
