"""The command line as it is called, in this process: exit status, and what goes to its two outputs."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lilliput.cli import main

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite"


@dataclass(frozen=True, slots=True)
class Done:
    """What one call gave."""

    status: object
    out: str
    err: str


Lilliput = Callable[..., Done]


def caller(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Lilliput:
    """A function that calls `lilliput` with its arguments."""

    def call(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["lilliput", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        out, err = capfd.readouterr()
        return Done(exit_.value.code, out, err)

    return call


def assert_refused(done: Done, status: int) -> None:
    """One message on the right output: what is wrong, and in the last line what to do."""
    assert (done.status, done.out) == (status, ""), done.err
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err
    fact, _, advice = done.err.strip().rpartition("\n")
    assert fact
    assert advice
