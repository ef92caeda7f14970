"""A Dask cluster that is running somewhere -> an executor. Its workers need this package, in the same version."""

import socket
from concurrent.futures import CancelledError, Future
from importlib.util import find_spec
from typing import Any

from lilliput.errors import ToolError
from lilliput.search.bench import Job
from lilliput.search.executors import Executor, translated
from lilliput.search.work import Work, perform
from lilliput.version import __version__

ANSWER_SECONDS = 20.0
"""How long a scheduler or a worker may take to answer."""
_ADVICE = "Look whether its scheduler runs and has workers: dask scheduler; dask worker HOST:PORT --nthreads 1."


def connect(job: Job, address: str) -> Executor:
    """The cluster whose scheduler is at `address`, HOST:PORT.

    Raises ToolError when it does not answer, has no workers, or these have another version of this package.
    """
    if find_spec("distributed") is None:
        raise ToolError("Dask is not installed", advice="Install it with: pip install 'lilliput[dask]'")
    return _Cluster(job, address)


class _Cluster:
    """Resubmits by itself what a dead worker was doing, until that has happened to one piece of work several times."""

    def __init__(self, job: Job, address: str) -> None:
        from distributed import Client

        self._where = f"dask://{address}"
        try:
            _wait_for_answer(address)
            self._client: Any = Client(f"tcp://{address}", timeout=ANSWER_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ToolError(f"the cluster does not answer: {error}", self._where, _ADVICE) from error
        try:
            self._client.wait_for_workers(1, timeout=ANSWER_SECONDS)
            found = self._client.submit(_version, pure=False).result(timeout=ANSWER_SECONDS)
        except TimeoutError as error:
            self.close()
            raise ToolError("no worker of the cluster answers", self._where, _ADVICE) from error
        except ModuleNotFoundError as error:
            self.close()
            raise ToolError(f"a worker lacks a package: {error}", self._where, "Install lilliput there.") from error
        if found != __version__:
            self.close()
            fact = f"the workers have lilliput {found}, here it is {__version__}"
            raise ToolError(fact, self._where, "Install the same version.")
        # The result of a task, which the scheduler can make again when the workers that hold it die.
        self._job = self._client.submit(_given, job, pure=False)
        self._executor = self._client.get_executor(pure=False)

    @property
    def workers(self) -> int:
        return max(1, len(self._client.nthreads()))

    def submit(self, work: Work) -> "Future[Any]":
        from distributed.scheduler import KilledWorker

        return translated(self._executor.submit(perform, self._job, work), (KilledWorker, CancelledError))

    def check(self) -> None:
        if self._client.status != "running":
            raise ToolError("the cluster has gone away", self._where, _ADVICE)
        try:
            self._client.wait_for_workers(1, timeout=ANSWER_SECONDS)
        except TimeoutError as error:
            raise ToolError("the cluster has lost all its workers", self._where, _ADVICE) from error

    def close(self) -> None:
        self._client.close(timeout=2)


def _wait_for_answer(address: str) -> None:
    """A scheduler speaks first. The client would wait for ever for something else that accepts connections."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS) as connection:
        if not connection.recv(1):
            raise ConnectionError("it closed the connection")


def _given(job: Job) -> Job:
    return job


def _version() -> str:
    return __version__
