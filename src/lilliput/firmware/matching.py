"""Entries of two snapshots -> pairs that are the same thing, though it may have another name or place.

Object files are matched first, since build folders have other names on other machines. Then entries are matched, from
the surest sign to the least: the same name, the same function cloned by the compiler, the same declaration with other
parameters, the same bytes, a similar name. Every entry comes out in exactly one pair.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import Any, Generic, TypeVar

from lilliput.firmware.snapshot import Entry

Thing = TypeVar("Thing")
ObjectFile = tuple[str, str]
"""The archive ("" for none) and the object file in it."""

_SMALLEST_CONTENT_BYTES = 8
"""Fewer bytes are often equal by chance: a zero, an empty function."""
_LEAST_LIKENESS = 0.7
_MOST_COMPARISONS = 10_000
_COMPARED_CHARACTERS = 100
"""Comparing two names of this length takes up to a millisecond."""

_RUST_HASH = re.compile(r"17h[0-9a-f]{16}E$")
_NOT_A_TYPE = re.compile(r"\boperator\b|\bfor\b|\bto\b| const$|\[")
_TEMPORARY_OBJECT = re.compile(r"^cc\w{6}\.(?=ltrans)")
_SUFFIXES = re.compile(r"(\.(c|cc|cpp|cxx|s|ino|rs|zig))?(\.(o|obj))?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pair(Generic[Thing]):
    """The same thing before and after; None where it was not yet or is no more."""

    old: Thing | None
    new: Thing | None


@dataclass(frozen=True, slots=True)
class _Sign(Generic[Thing]):
    """Things with the same key are the same; not those with key None nor, if `unique`, several with one key."""

    key: Callable[[Thing], Hashable | None]
    unique: bool = False


def match(old: Sequence[Entry], new: Sequence[Entry]) -> list[Pair[Entry]]:
    """Pair the entries of two snapshots. Those of the old one come with the new one's names of their object files."""
    objects = same_objects({_object_file(each) for each in old}, {_object_file(each) for each in new})
    pairs, removed, added = _pair([_moved(each, objects) for each in old], list(new), _SIGNS, _look)
    similar, removed, added = _pair_similar(removed, added)
    pairs += similar
    pairs += [Pair(each, None) for each in removed]
    pairs += [Pair(None, each) for each in added]
    return pairs


def same_objects(old: Iterable[ObjectFile], new: Iterable[ObjectFile]) -> dict[ObjectFile, ObjectFile]:
    """The new name of every old object file that is still there: by as much of the end of its path as agrees."""
    pairs, _, _ = _pair(sorted(old), sorted(new), _OBJECT_SIGNS, str)
    return {pair.old: pair.new for pair in pairs if pair.old is not None and pair.new is not None}


def _object_file(entry: Entry) -> ObjectFile:
    return entry.archive, entry.object


def _moved(entry: Entry, objects: dict[ObjectFile, ObjectFile]) -> Entry:
    place = objects.get(_object_file(entry), _object_file(entry))
    return entry if place == _object_file(entry) else replace(entry, archive=place[0], object=place[1])


def _pair(
    old: list[Thing], new: list[Thing], signs: Iterable[_Sign[Thing]], look: Callable[[Thing], Any]
) -> tuple[list[Pair[Thing]], list[Thing], list[Thing]]:
    """Pairs by one sign after the other, and what is left over of both."""
    pairs: list[Pair[Thing]] = []
    for sign in signs:
        before, after = _by_key(old, sign.key), _by_key(new, sign.key)
        old, new = before.pop(None, []), after.pop(None, [])
        for key in dict.fromkeys(chain(before, after)):
            left, right = before.get(key, []), after.get(key, [])
            if not sign.unique or len(left) == len(right) == 1:
                found, left, right = _pair_equals(left, right, look)
                pairs += found
            old += left
            new += right
    return pairs, old, new


def _pair_equals(
    left: list[Thing], right: list[Thing], look: Callable[[Thing], Any]
) -> tuple[list[Pair[Thing]], list[Thing], list[Thing]]:
    """Pair things of one key, first those that look the same, then in the order of their looks."""
    pairs: list[Pair[Thing]] = []
    if len(left) > 1 or len(right) > 1:
        waiting = _by_key(right, look)
        rest: list[Thing] = []
        for each in left:
            if same := waiting.get(look(each)):
                pairs.append(Pair(each, same.pop()))
            else:
                rest.append(each)
        left, right = sorted(rest, key=look), sorted(chain.from_iterable(waiting.values()), key=look)
    both = min(len(left), len(right))
    pairs += [Pair(*each) for each in zip(left[:both], right[:both], strict=True)]
    return pairs, left[both:], right[both:]


def _by_key(things: Iterable[Thing], key: Callable[[Thing], Hashable | None]) -> dict[Hashable | None, list[Thing]]:
    found: dict[Hashable | None, list[Thing]] = defaultdict(list)
    for each in things:
        found[key(each)].append(each)
    return dict(found)


def _look(entry: Entry) -> tuple[int, int, str]:
    return entry.flash_bytes, entry.ram_bytes, entry.content


def _pair_similar(old: list[Entry], new: list[Entry]) -> tuple[list[Pair[Entry]], list[Entry], list[Entry]]:
    """Pairs in one object file with similar names and sizes, the most similar first, and what is left of both."""
    likeness = {
        (left, right): _likeness(old[left], new[right])
        for left, right in islice(_candidates(old, new), _MOST_COMPARISONS)
    }
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for (left, right), degree in sorted(likeness.items(), key=lambda item: (-item[1], item[0])):
        if degree >= _LEAST_LIKENESS and left not in partners and right not in taken:
            partners[left] = right
            taken.add(right)
    pairs = [Pair(old[left], new[right]) for left, right in partners.items()]
    removed = [each for index, each in enumerate(old) if index not in partners]
    return pairs, removed, [each for index, each in enumerate(new) if index not in taken]


def _candidates(old: list[Entry], new: list[Entry]) -> Iterator[tuple[int, int]]:
    """Indices of entries that lie in one object file and section and differ in size by a factor of two at most."""
    places: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for index, each in sorted(enumerate(new), key=lambda item: item[1].size_bytes):
        if not each.stands_in:
            places[each.archive, each.object, each.section].append((each.size_bytes, index))
    for index, each in enumerate(old):
        others = [] if each.stands_in else places.get((each.archive, each.object, each.section), [])
        for at in range(bisect_left(others, (each.size_bytes // 2,)), len(others)):
            size, other = others[at]
            if size > 2 * each.size_bytes:
                break
            yield index, other


def _likeness(old: Entry, new: Entry) -> float:
    matcher = SequenceMatcher(None, old.demangled[:_COMPARED_CHARACTERS], new.demangled[:_COMPARED_CHARACTERS], False)
    return matcher.ratio() if matcher.quick_ratio() >= _LEAST_LIKENESS else 0.0


def _stem(name: str) -> str:
    """A mangled name without what compilers append: .constprop.0, .isra.1, .lto_priv.2, .cold, a Rust crate's hash."""
    return _RUST_HASH.sub("", name.partition(".")[0] or name)


def _declared(demangled: str) -> str:
    """A demangled name without its parameters, its template arguments and a function template's return type."""
    kept: list[str] = []
    depth = 0
    for character in demangled:
        depth += character in "(<"
        if not depth:
            kept.append(character)
        depth -= depth > 0 and character in ")>"
    name = "".join(kept) or demangled
    is_template = "<" in demangled and "(" in demangled
    # The last word is the function's name, unless the words mean something else: "operator new", "guard variable for".
    return name if not is_template or _NOT_A_TYPE.search(name) else name.rpartition(" ")[2]


def _named(name_of: Callable[[Entry], str], *, in_object: bool) -> Callable[[Entry], Hashable | None]:
    """A key for entries with symbols: a name and, if wanted, the object file."""

    def key(entry: Entry) -> Hashable | None:
        if entry.stands_in:
            return None
        return (name_of(entry), entry.archive, entry.object) if in_object else name_of(entry)

    return key


def _bytes(entry: Entry) -> Hashable | None:
    if not entry.content or entry.size_bytes < _SMALLEST_CONTENT_BYTES:
        return None
    return entry.content, entry.size_bytes, entry.name if entry.stands_in else ""


_SIGNS: tuple[_Sign[Entry], ...] = (
    _Sign(lambda entry: (entry.name, entry.archive, entry.object, entry.section)),
    _Sign(_named(lambda entry: entry.name, in_object=True)),
    _Sign(_named(lambda entry: entry.name, in_object=False)),
    _Sign(_named(lambda entry: _stem(entry.name), in_object=True)),
    _Sign(_named(lambda entry: _stem(entry.name), in_object=False), unique=True),
    _Sign(_named(lambda entry: _declared(entry.demangled), in_object=True)),
    _Sign(_named(lambda entry: _declared(entry.demangled), in_object=False), unique=True),
    _Sign(_bytes, unique=True),
)


def _path_end(parts: int) -> Callable[[ObjectFile], Hashable | None]:
    """A key for object files: the end of the path, and the archive's name without its folder."""

    def key(file: ObjectFile) -> Hashable | None:
        archive, path = map(PurePosixPath, file)
        name = _TEMPORARY_OBJECT.sub("", path.name)
        return archive.name, *path.parts[-parts:-1], name

    return key


def _source_name(file: ObjectFile) -> Hashable | None:
    """The archive's and the source file's name: main of main.o, main.c.obj and main.cpp."""
    return PurePosixPath(file[0]).name, _SUFFIXES.sub("", PurePosixPath(file[1]).name)


_OBJECT_SIGNS: tuple[_Sign[ObjectFile], ...] = (
    _Sign(lambda file: file),
    *(_Sign(_path_end(parts)) for parts in (4, 3, 2)),
    _Sign(_path_end(1), unique=True),
    _Sign(_source_name, unique=True),
)
