"""Where work is done: this process, processes of this machine, a Dask or a Ray cluster, all behind one interface.

A worker may die at any time. What it was doing then ends with a `WorkerLostError`, and can be submitted again.
"""

import multiprocessing
import signal
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

from lilliput.errors import UsageError
from lilliput.search.bench import Job
from lilliput.search.work import Work, perform


class WorkerLostError(Exception):
    """The worker died or left before the work was done."""


class Executor(Protocol):
    """Does pieces of work of one job."""

    @property
    def workers(self) -> int:
        """How many pieces of work it does at the same time."""
        ...

    def submit(self, work: Work) -> "Future[Any]":
        """Begin; the future's exception is a `WorkerLostError` when somebody else should do it."""
        ...

    def check(self) -> None:
        """Raise ToolError when nobody is left to do anything."""
        ...

    def close(self) -> None:
        """Let go of the workers; what they are doing is dropped."""
        ...


class _Here:
    """This process, one piece of work after the other: `submit` returns when it is done."""

    workers = 1

    def __init__(self, job: Job) -> None:
        self._job = job

    def submit(self, work: Work) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(perform(self._job, work))
        return future

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Processes:
    """Processes of this machine; when one dies, all are replaced."""

    def __init__(self, job: Job, jobs: int) -> None:
        self.workers, self._job = jobs, job
        self._pool = self._fresh()

    def submit(self, work: Work) -> "Future[Any]":
        try:
            future = self._pool.submit(_perform_here, work)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._fresh()
            future = self._pool.submit(_perform_here, work)
        return translated(future, (BrokenProcessPool,))

    def check(self) -> None:
        pass

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fresh(self) -> ProcessPoolExecutor:
        # Not forked: this process has threads.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, context, initializer=_begin, initargs=(self._job,))


_JOB: list[Job] = []
"""That of this worker process."""


def _begin(job: Job) -> None:
    # Ctrl-C is for the process that holds the study; workers and what they start finish what they are doing.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _JOB[:] = [job]


def _perform_here(work: Work) -> Any:
    return perform(_JOB[0], work)


def translated(future: "Future[Any]", lost: tuple[type[BaseException], ...]) -> "Future[Any]":
    """A future whose exception is `WorkerLostError` where the other's is one of `lost`."""
    outer: Future[Any] = Future()

    def settle(inner: "Future[Any]") -> None:
        error = BrokenProcessPool("cancelled") if inner.cancelled() else inner.exception()
        if inner.cancelled() or isinstance(error, lost):
            outer.set_exception(WorkerLostError(str(error)))
        elif error is not None:
            outer.set_exception(error)
        else:
            outer.set_result(inner.result())

    future.add_done_callback(settle)
    return outer


_CLUSTERS: Mapping[str, str] = {"dask": "lilliput.search.dask_executor", "ray": "lilliput.search.ray_executor"}
"""The kind of cluster that a URL names -> the module whose `connect` answers."""


@contextmanager
def executor(job: Job, url: str | None, jobs: int) -> Generator[Executor]:
    """Where the URL says; else `jobs` processes.

    Raises UsageError for a URL of another kind, and ToolError for a cluster that does not answer or whose package is
    not installed.
    """
    found = _open(job, url, jobs)
    try:
        yield found
    finally:
        found.close()


def _open(job: Job, url: str | None, jobs: int) -> Executor:
    if url is None:
        return _Here(job) if jobs == 1 else _Processes(job, jobs)
    kind, separator, address = url.partition("://")
    if kind not in _CLUSTERS or not separator or not address:
        raise UsageError(f'there is no executor "{url}"', advice="Write it as dask://HOST:PORT or ray://HOST:PORT.")
    connect: Callable[[Job, str], Executor] = import_module(_CLUSTERS[kind]).connect
    return connect(job, address)
