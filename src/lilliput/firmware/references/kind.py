"""How one range of a firmware refers to another."""

from enum import IntEnum


class Kind(IntEnum):
    """How one range refers to another; of two between the same ranges the lower one is told."""

    BRANCH = 0
    """A call or a jump."""
    ADDRESS = 1
    """Instructions that put an address together."""
    LITERAL = 2
    """A word among the instructions, to be loaded by them."""
    POINTER = 3
    """A word of data."""
    UNWINDING = 4
    """A function and the tables that unwind its stack."""
    MEMBER = 5
    """An archive member and what its presence alone keeps, such as its constructors."""
