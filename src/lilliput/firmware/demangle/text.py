"""Text of bounded length: what a mangled name may stand for, so that no name, however hostile, takes long.

A few hundred letters can stand for gigabytes, because each part may repeat all parts before it twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 8192
DEEPEST = 64


class UnreadableError(Exception):
    """A name that is damaged, too long, or uses what is not supported; never leaves the package."""


@dataclass(frozen=True, slots=True)
class Text:
    """A name or a type. A type's declarator goes between `left` and `right`: "int (*" and ")(float)".

    `last` is the name that its constructors have, `arguments` are those of its template when it ends with some. The
    name of a constructor or conversion `returns_nothing`, though its template's functions write down what they return.
    """

    left: str
    right: str = ""
    last: str = ""
    arguments: tuple["Text | Pack", ...] | None = None
    returns_nothing: bool = False

    def __post_init__(self) -> None:
        if len(self.left) + len(self.right) > LONGEST:
            raise UnreadableError

    def __str__(self) -> str:
        return self.left + self.right

    def inside(self, scope: object) -> "Text":
        """This name in a namespace, class or function."""
        return Text(f"{scope}::{self.left}", self.right, self.last, self.arguments, self.returns_nothing)


@dataclass(frozen=True, slots=True)
class Pack:
    """The elements of a template parameter pack."""

    elements: tuple["Text | Pack", ...]

    def __str__(self) -> str:
        return ", ".join(text for element in self.elements if (text := str(element)))


def joined(parts: Iterable[Text | Pack]) -> str:
    """Parts with commas between; empty packs leave nothing."""
    return str(Text(", ".join(text for part in parts if (text := str(part)))))


def pointer(target: Text, sign: str) -> Text:
    """A pointer, reference or member pointer; references to references collapse."""
    if target.right.startswith((" [", "(")):
        return Text(f"{target.left}{' ' if target.right[0] == ' ' else ''}({sign}", f"){target.right}")
    if sign.startswith("&") and target.left.endswith("&"):
        return Text(
            target.left.rstrip("&") + ("&&" if sign == "&&" and target.left.endswith("&&") else "&"), target.right
        )
    return Text(target.left + sign, target.right)


def with_qualifiers(target: Text, qualifiers: str) -> Text:
    """A const or volatile type; of a function type it is the object that is const."""
    if target.right.startswith("("):
        return Text(target.left, target.right + qualifiers)
    return Text(target.left + qualifiers, target.right)
