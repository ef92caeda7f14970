"""A Ray cluster that is running somewhere -> an executor. Its workers need this package, in the same version."""

from concurrent.futures import Future
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from lilliput.errors import ToolError
from lilliput.search.bench import Job
from lilliput.search.executors import Executor, translated
from lilliput.search.work import Work, perform

_ADVICE = "Look whether its head node runs: ray status; the address is ray://HOST:10001 unless it was changed."


def connect(job: Job, address: str) -> Executor:
    """The cluster whose client server is at `address`, HOST:PORT. Raises ToolError when it does not answer."""
    if find_spec("ray") is None:
        raise ToolError("Ray is not installed", advice="Install it with: pip install 'lilliput[ray]'")
    return _Cluster(job, address)


class _Cluster:
    """Ray does again by itself what a dead worker was doing, three times at most."""

    def __init__(self, job: Job, address: str) -> None:
        # Not installed where this project is checked.
        self._ray: Any = import_module("ray")
        self._where = f"ray://{address}"
        try:
            self._ray.init(address=self._where)
        except (ConnectionError, TimeoutError, RuntimeError) as error:
            raise ToolError(f"the cluster does not answer: {error}", self._where, _ADVICE) from error
        self._job = self._ray.put(job)
        self._perform = self._ray.remote(num_cpus=1)(perform)

    @property
    def workers(self) -> int:
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def submit(self, work: Work) -> "Future[Any]":
        errors = self._ray.exceptions
        lost = (errors.WorkerCrashedError, errors.NodeDiedError, errors.ObjectLostError)
        return translated(self._perform.remote(self._job, work).future(), lost)

    def check(self) -> None:
        if not self._ray.is_initialized():
            raise ToolError("the cluster has gone away", self._where, _ADVICE)

    def close(self) -> None:
        self._ray.shutdown()
