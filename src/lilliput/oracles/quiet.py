"""Keep what native code prints off the terminal and out of pipes, and keep it for error messages."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO

_MESSAGE_CHARACTERS = 240


@contextmanager
def silenced(log: IO[bytes]) -> Generator[None]:
    """Within the block, all that the process writes to its standard output and error goes to the file `log`.

    Works on file descriptors, because the interpreters write there from C++. Not for use in several threads at once.
    """
    saved: list[tuple[int, int]] = []
    for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            saved.append((descriptor, os.dup(descriptor)))
        except OSError:
            continue  # the caller closed it: nothing is to be kept clean
        if stream is not None:  # pyright: ignore[reportUnnecessaryComparison]  (None under pythonw and `2>&-`)
            stream.flush()
    try:
        for descriptor, _ in saved:
            os.dup2(log.fileno(), descriptor)
        yield
    finally:
        for descriptor, copy in saved:
            os.dup2(copy, descriptor)
            os.close(copy)


def message(log: IO[bytes], error: Exception) -> str:
    """What went wrong in one line: the error's own text, and before it what was printed to `log`."""
    log.seek(0)
    printed = log.read().decode("utf-8", "replace")
    text = "; ".join(line.strip() for line in [*printed.splitlines(), str(error)] if line.strip())
    return text if len(text) <= _MESSAGE_CHARACTERS else text[:_MESSAGE_CHARACTERS] + " ..."
