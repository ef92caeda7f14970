"""Progress on a terminal, silence in a pipe."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from lilliput.progress import Progress, silent


@contextmanager
def progress_bar() -> Generator[Progress]:
    """A function (what, done, of) that shows how far the work is; the bar goes away at the end."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    # A descriptor of its own: the oracles' words are kept off descriptor 2 while they run, and the bar goes on.
    with (
        os.fdopen(os.dup(2), "w", encoding=sys.stderr.encoding) as terminal,
        Bar(*columns, console=Console(file=terminal, force_terminal=True), transient=True) as bar,
    ):
        task = bar.add_task("", total=None)

        def show(what: str, done: int, of: int) -> None:
            # A step that cannot say how far it is gets a moving bar.
            bar.update(task, description=what, completed=done, total=of if of > 1 else None)

        yield show
