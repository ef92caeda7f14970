"""What one machine instruction does to the stack pointer and to control flow, the same for every instruction set."""

from dataclasses import dataclass
from enum import Enum, auto

RETURN_ADDRESS = "return address"
"""A register that no machine has: it holds the caller's address for as long as a function runs."""


class Flow(Enum):
    """Where execution goes after an instruction."""

    NEXT = auto()
    JUMP = auto()
    CALL = auto()
    RETURN = auto()
    STOP = auto()


@dataclass(frozen=True, slots=True)
class Assignment:
    """`register` := (`source` << `shift`) + `sign` * `addend` + `constant`, down to a multiple of `alignment`.

    A register of None counts as zero.
    """

    register: str
    source: str | None = None
    constant: int = 0
    shift: int = 0
    addend: str | None = None
    sign: int = 1
    alignment: int = 1


@dataclass(frozen=True, slots=True)
class Instruction:
    """The part of an instruction that matters here.

    `assignments` are the register values that can be followed, `clobbers` the registers whose value is lost. A jump or
    call goes to `target`: an address, or a register plus `offset`; None: to somewhere that only data decides. A jump
    that `keeps_frame` enters a function which works on the stack of the current one and comes back; one that `leaves`
    ends the function, and is no jump through a table. A `conditional` instruction may also do nothing.
    """

    address: int
    size: int
    text: str
    assignments: tuple[Assignment, ...] = ()
    clobbers: tuple[str, ...] = ()
    flow: Flow = Flow.NEXT
    target: int | str | None = None
    offset: int = 0
    keeps_frame: bool = False
    leaves: bool = False
    conditional: bool = False
