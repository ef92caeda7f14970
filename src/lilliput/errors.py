"""What can go wrong, divided by who must act.

Every error a user can cause is a `LilliputError`: one line of fact, where it is, one line of advice, and the exit code
of the command line. Our own bugs are `InvariantError`, which is no `LilliputError`: it crashes with a traceback.
"""

from collections.abc import Sequence
from typing import ClassVar


class LilliputError(Exception):
    """A fact, where it holds and what to do about it.

    `fact` is one sentence without a final full stop, `where` a file, node or command (may be empty), `advice` one
    sentence that says what to do next (may be empty).
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, fact: str, where: str = "", advice: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n{self.advice}" if self.advice else ""
        return f"{place}{self.fact}{advice}"


class UsageError(LilliputError):
    """The command was called with arguments that cannot work; the caller must change them."""

    exit_code = 2


class ModelError(LilliputError):
    """The model file is damaged or contradicts itself; whoever made the file must act."""

    exit_code = 3


class FirmwareError(LilliputError):
    """A firmware file is damaged or contradicts itself; whoever linked it must act."""

    exit_code = 3


class UnsupportedError(LilliputError):
    """The model is sound but asks for something that Lilliput does not do; lists every broken rule at once."""

    exit_code = 4

    def __init__(self, problems: Sequence[str], where: str = "", advice: str = "") -> None:
        noun = "thing" if len(problems) == 1 else "things"
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"the model needs {len(problems)} unsupported {noun}:{lines}", where, advice)
        self.problems = tuple(problems)


class DoesNotFitError(LilliputError):
    """The firmware needs more memory than there is."""

    exit_code = 5


class ToolError(LilliputError):
    """A compiler, emulator or oracle is missing or failed."""

    exit_code = 6


class VerificationError(LilliputError):
    """The compiled code and the oracle disagree."""

    exit_code = 7


class InvariantError(AssertionError):
    """A checker found a bug of Lilliput's own; never caught."""
