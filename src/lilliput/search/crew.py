"""Pieces of work, handed out as fast as an executor takes them -> their results, as they get done."""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Generic, TypeVar

from lilliput.errors import ToolError
from lilliput.search.executors import Executor, WorkerLostError
from lilliput.search.work import Work

_MOST_ATTEMPTS = 4
"""Work that kills so many workers is given up."""
_CHECK_SECONDS = 10.0
"""How often to look whether there is anybody left to wait for."""

N = TypeVar("N")


def done(executor: Executor, works: Iterable[tuple[N, Work]]) -> Iterator[tuple[N, Any]]:
    """Each piece's name with its result. The next one is asked for when a worker is free for it.

    What a worker left undone is done again. Raises what the work raises, and ToolError when a piece of work has killed
    several workers or nobody is left.
    """
    crew = _Crew[N](executor)
    for name, work in works:
        crew.begin(name, work)
        while crew.is_busy:
            yield from crew.wait()
    while crew.has_work:
        yield from crew.wait()


class _Crew(Generic[N]):
    """What is being done at the moment."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._running: dict[Future[Any], tuple[N, Work, int]] = {}

    @property
    def has_work(self) -> bool:
        return bool(self._running)

    @property
    def is_busy(self) -> bool:
        return len(self._running) >= self._executor.workers

    def begin(self, name: N, work: Work, attempt: int = 1) -> None:
        self._running[self._executor.submit(work)] = name, work, attempt

    def wait(self) -> Iterator[tuple[N, Any]]:
        """What has been done meanwhile; nothing after a while without."""
        ready, _ = wait(self._running, timeout=_CHECK_SECONDS, return_when=FIRST_COMPLETED)
        if not ready:
            self._executor.check()
        for future in ready:
            name, work, attempt = self._running.pop(future)
            try:
                result = future.result()
            except WorkerLostError as error:
                self._again(name, work, attempt, error)
            else:
                yield name, result

    def _again(self, name: N, work: Work, attempt: int, error: WorkerLostError) -> None:
        if attempt == _MOST_ATTEMPTS:
            fact = f"{attempt} workers died of the same work: {error}"
            raise ToolError(fact, "search", "Look at their output; they may lack memory.") from error
        self._executor.check()
        self.begin(name, work, attempt + 1)
