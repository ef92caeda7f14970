"""Workers may die: what they left undone is done by others, once, and work that kills every worker is given up."""

from collections import Counter
from collections.abc import Generator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lilliput import tflite
from lilliput.accuracy import METRICS, Samples
from lilliput.errors import ToolError, UsageError
from lilliput.options import Options
from lilliput.search import crew, split
from lilliput.search.bench import Job
from lilliput.search.executors import Executor, WorkerLostError, executor
from lilliput.search.work import Work
from tests.search.works import Deadly, DeadlyOnce, Double
from tests.tflite.small_model import small_model

SAMPLES = Samples(np.zeros((40, 1), np.float32), np.zeros(40, np.int64), (), "samples.npz")
JOB = Job(tflite.write(small_model()), "small.tflite", split(SAMPLES), METRICS["top1"], Options())


@pytest.fixture(scope="module")
def processes() -> Generator[Executor]:
    with executor(JOB, None, 2) as found:
        yield found


def test_everything_is_done_once_in_this_process() -> None:
    with executor(JOB, None, 1) as here:
        done = dict(crew.done(here, ((number, Double(number)) for number in range(7))))
    assert done == {number: 2 * number for number in range(7)}


@pytest.mark.slow
def test_what_a_dead_process_left_is_done_by_another_one(processes: Executor, tmp_path: Path) -> None:
    works = [(number, DeadlyOnce(number, tmp_path / "dead")) for number in range(12)]
    done = list(crew.done(processes, works))
    assert Counter(done) == Counter((number, 2 * number) for number in range(12))


@pytest.mark.slow
def test_work_that_kills_every_worker_is_given_up(processes: Executor) -> None:
    with pytest.raises(ToolError, match="4 workers died of the same work"):
        list(crew.done(processes, [(0, Deadly())]))


def test_work_is_asked_for_only_when_a_worker_is_free() -> None:
    asked: list[int] = []

    def works() -> Generator[tuple[int, Work]]:
        for number in range(5):
            asked.append(number)
            yield number, Double(number)

    with executor(JOB, None, 1) as here:
        next(crew.done(here, works()))
    assert asked == [0]


class _Deserted:
    """All its workers leave, and nobody comes back."""

    workers = 1

    def submit(self, work: Work) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_exception(WorkerLostError("it left"))
        return future

    def check(self) -> None:
        raise ToolError("the cluster has lost all its workers")

    def close(self) -> None:
        pass


def test_a_cluster_that_loses_everybody_is_an_error() -> None:
    with pytest.raises(ToolError, match="lost all its workers"):
        list(crew.done(_Deserted(), [(0, Double(0))]))


@pytest.mark.parametrize("url", ["slurm://host:1", "dask", "dask://", "host:8786"])
def test_an_executor_of_no_known_kind_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="there is no executor"), executor(JOB, url, 1):
        pass
