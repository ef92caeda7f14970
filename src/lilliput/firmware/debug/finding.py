"""A name that a user gives -> the range of code that is meant."""

from collections.abc import Iterator
from difflib import get_close_matches

from lilliput.errors import UsageError
from lilliput.firmware.debug.placement import Code, end_of

_MOST_NAMED = 8


def find_function(code: Code, name: str, where: str) -> int:
    """The index in `code` of the function `name`: its symbol, its C++ name, or an address inside it.

    Raises UsageError, with the file `where`, when there is none or more than one.
    """
    for found in _candidates(code, name):
        if len(found) == 1:
            return found[0]
        if found:
            places = [f"{code.starts[index]:#x} {code.ranges[index].object}" for index in found]
            advice = f"Give the address of one of them: {', '.join(places[:_MOST_NAMED])}"
            raise UsageError(f"{len(found)} functions are called {name}", where, advice)
    known = {_without_parameters(each.demangled) for each in code.ranges}
    close = get_close_matches(name, sorted(known), 3)
    advice = f"Did you mean {' or '.join(close)}?" if close else "--functions lists all functions."
    raise UsageError(f"there is no function {name}", where, advice)


def _candidates(code: Code, name: str) -> Iterator[list[int]]:
    """The ranges that the name fits, the best way of fitting first."""
    ranges = list(enumerate(code.ranges))
    yield [index for index, each in ranges if name in (each.name, each.demangled, *each.aliases)]
    yield [index for index, each in ranges if name == _without_parameters(each.demangled)]
    if name[:2].lower() == "0x":
        try:
            address = int(name, 16)
        except ValueError:
            return
        yield [index for index, each in ranges if each.address <= address < end_of(each)]


def _without_parameters(name: str) -> str:
    return name.split("(", 1)[0]
