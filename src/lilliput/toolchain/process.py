"""Starting other programs: the only place where Lilliput does."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lilliput.errors import ToolError

_LAST_LINES = 20
_TIMEOUT_SECONDS = 600


def run(command: Sequence[str], folder: Path) -> str:
    """Run a tool in `folder` and return what it printed. Raises ToolError with its last lines when it fails."""
    status, printed = attempt(command, folder)
    if status != 0:
        raise ToolError(f"the command failed with status {status}", shown(command), last_lines(printed))
    return printed


def attempt(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a program in `folder`; return its exit status, negative for a signal, and what it printed.

    `environment` is added to the current one. Raises ToolError when it cannot be started or takes ten minutes.
    """
    try:
        result = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except OSError as error:
        raise ToolError(f"{command[0]} cannot be started: {error.strerror}", shown(command)) from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{command[0]} did not end within {_TIMEOUT_SECONDS} seconds", shown(command)) from error
    return result.returncode, result.stdout


def shown(command: Sequence[str]) -> str:
    """A command as a person would type it."""
    return shlex.join(("python", *command[1:]) if command[0] == sys.executable else command)


def last_lines(printed: str) -> str:
    """The end of what a program printed, which is where it says what went wrong."""
    return "\n".join(printed.strip().splitlines()[-_LAST_LINES:])
