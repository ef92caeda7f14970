"""Firmware -> Firmware with a group for every range: the model, a framework, an operating system, a runtime, ...

Rules are data: those of groups.toml, which explains them, after those of the user's own files. A range keeps the group
that it has already.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import translate
from functools import cache, partial
from pathlib import Path
from typing import Any

from lilliput.errors import UsageError
from lilliput.firmware.firmware import Firmware, Range, Source

APPLICATION = "application"
MODEL = "model"
PADDING = "padding"
RESERVED = "reserved/heap and stack"
UNKNOWN = "unknown"

_FALLBACKS = {Source.SECTION: UNKNOWN, Source.CONTENT: UNKNOWN, Source.RESERVED: RESERVED}

_ANYTHING, _NOTHING = "", "(?!)"
_BUILT_IN = Path(__file__).with_name("groups.toml")
_ADVICE = 'Write rules as [[rule]] with group = "NAME" and lists of patterns: archive, object, section, symbol.'


@dataclass(frozen=True, slots=True)
class Rule:
    """A group and what a range of it looks like, as regular expressions; what is None does not matter."""

    group: str
    archive: str | None = None
    object: str | None = None
    section: str | None = None
    symbol: str | None = None

    def may_hold(self, archive: str, object_: str, section: str) -> bool:
        """Whether everything but the symbol matches; files by their path or by their name alone."""
        return (
            _matches(self.archive, archive, archive.rpartition("/")[2])
            and _matches(self.object, object_, object_.rpartition("/")[2])
            and _matches(self.section, section)
        )


def load_rules(files: Iterable[Path] = ()) -> tuple[Rule, ...]:
    """The rules of `files`, in this order, and then the built-in ones. Raises UsageError for a wrong file."""
    return tuple(rule for file in (*files, _BUILT_IN) for rule in _read(file))


def assign_groups(firmware: Firmware, rules: tuple[Rule, ...]) -> Firmware:
    """Give every range without a group that of the first rule that holds.

    Padding is "padding" whatever the rules say; what no rule takes is "application", or "unknown" where neither a
    symbol nor the map names it.
    """
    sections = firmware.elf.sections
    chooser = cache(partial(_Chooser.of, rules))

    def group(each: Range) -> str:
        if each.source in (Source.PADDING, Source.GAP):
            return PADDING
        section = sections[each.section].name if each.section >= 0 else ""
        found = chooser(each.archive, each.object, section).choose({each.name, each.demangled, *each.aliases})
        return found or _FALLBACKS.get(each.source, APPLICATION)

    ranges = tuple(each if each.group else replace(each, group=group(each)) for each in firmware.ranges)
    return replace(firmware, ranges=ranges)


@dataclass(frozen=True, slots=True)
class _Chooser:
    """All rules that may hold in one place, as one expression: a million symbols are matched once each, not by rule.

    Group i + 1 of the expression is that of the rule for `groups[i]`; the first alternative that matches counts.
    """

    symbols: re.Pattern[str]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, rules: tuple[Rule, ...], archive: str, object_: str, section: str) -> "_Chooser":
        possible: list[Rule] = []
        for rule in rules:
            if rule.may_hold(archive, object_, section):
                possible.append(rule)
                if rule.symbol is None:
                    break  # it holds for every symbol: no later rule is asked
        alternatives = "|".join(f"({_ANYTHING if rule.symbol is None else rule.symbol})" for rule in possible)
        return cls(re.compile(alternatives or _NOTHING), tuple(rule.group for rule in possible))

    def choose(self, names: set[str]) -> str:
        """The group of the first rule that matches a name, "" for none."""
        found = [match.lastindex for match in map(self.symbols.match, names) if match is not None and match.lastindex]
        return self.groups[min(found) - 1] if found else ""


def _matches(pattern: str | None, *texts: str) -> bool:
    return pattern is None or any(re.match(pattern, text) for text in texts)


def _read(file: Path) -> tuple[Rule, ...]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the rules cannot be read: {error.strerror}", str(file), "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the rules are no TOML: {error}", str(file), _ADVICE) from error
    entries = content.get("rule", [])
    if set(content) - {"rule"} or not isinstance(entries, list):
        raise UsageError("a file of rules holds [[rule]] tables and nothing else", str(file), _ADVICE)
    return tuple(_rule(entry, f"{file}: rule {number}") for number, entry in enumerate(entries, 1))


def _rule(entry: Any, where: str) -> Rule:
    known = ("archive", "object", "section", "symbol")
    if not isinstance(entry, dict) or not isinstance(entry.get("group"), str) or not entry["group"]:
        raise UsageError("the rule names no group", where, _ADVICE)
    patterns = {key: value for key, value in entry.items() if key != "group"}
    if unknown := sorted(set(patterns) - set(known)):
        raise UsageError(f'the rule has an unknown key "{unknown[0]}"', where, _ADVICE)
    if not patterns:
        raise UsageError("the rule has no pattern", where, _ADVICE)
    return Rule(entry["group"], **{key: _pattern(value, key, where) for key, value in patterns.items()})


def _pattern(globs: Any, key: str, where: str) -> str:
    """One expression for all patterns of a key, without capturing groups."""
    if not isinstance(globs, list) or not globs or not all(isinstance(glob, str) for glob in globs):
        raise UsageError(f'"{key}" is no list of patterns', where, _ADVICE)
    return "|".join(map(translate, globs))
