"""What is known of one function's stack, wherever that comes from: machine code or the compiler's files."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why the stack of a function is not known."""

    POINTER_CALL = "calls through a pointer"
    POINTER_JUMP = "jumps through a pointer"
    DATA = "moves the stack pointer by an amount that depends on data"
    NO_CODE = "goes on where no code is known"
    RECURSION = "calls itself"
    NO_CALLS = "may call through pointers, which are not looked for on this machine"
    NO_FRAME = "takes an amount of stack that is not known"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that the stack of `function` depends on and nobody knows.

    `address` is that of the instruction, or of the function. `others` are the other functions of a recursion.
    """

    reason: Reason
    function: str
    address: int
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        way = f", through {', '.join(self.others)}" if self.others else ""
        return f"{self.function} {self.reason.value}{way} (at {self.address:#x})"


@dataclass(frozen=True, slots=True)
class FunctionStack:
    """The stack of one function, entered at one address, in bytes below the stack pointer at entry.

    `frame_bytes` is what it takes at its deepest, `calls` the deepest stack at the calls of each callee's address; a
    jump to another function that ends this one is a call too. Both are lower limits where there are `unknowns`.
    """

    name: str
    frame_bytes: int
    calls: Mapping[int, int]
    unknowns: tuple[Unknown, ...] = ()
