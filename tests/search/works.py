"""Work for workers that are watched: some of it kills whoever does it."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from lilliput.search.bench import Bench


@dataclass(frozen=True, slots=True)
class Double:
    """Twice the number."""

    number: int

    def on(self, bench: Bench) -> int:
        return 2 * self.number


@dataclass(frozen=True, slots=True)
class DeadlyOnce:
    """The first worker that does it dies; `mark` is a file that then exists."""

    number: int
    mark: Path

    def on(self, bench: Bench) -> int:
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        sleep(0.05)
        return 2 * self.number


@dataclass(frozen=True, slots=True)
class Deadly:
    """Every worker that does it dies."""

    def on(self, bench: Bench) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
