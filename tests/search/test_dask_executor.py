"""A search on a real Dask cluster, one of whose two workers is killed in the middle; clusters that do not answer."""

import os
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from distributed import LocalCluster

from lilliput import tflite
from lilliput.accuracy import METRICS, Samples
from lilliput.errors import ToolError
from lilliput.options import Options
from lilliput.search import SearchOptions, dask_executor, search, split
from lilliput.search.executors import executor
from tests.search.test_executors import JOB
from tests.tflite.small_model import small_model

GRAPH = tflite.read_bytes(tflite.write(small_model()), "small.tflite")
RANDOM = np.random.Generator(np.random.PCG64(1))
SAMPLES = Samples(RANDOM.integers(-128, 128, (200, 8, 8, 1), np.int8), RANDOM.integers(0, 3, 200), (), "samples.npz")


@pytest.fixture
def cluster() -> Generator[LocalCluster]:
    found = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", processes=True)
    try:
        yield found
    finally:
        found.close()


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle_costs_no_trial(cluster: LocalCluster, tmp_path: Path) -> None:
    victim: int = next(iter(cluster.workers.values())).pid
    killed: list[int] = []

    def kill(_what: str, done: int, of: int) -> None:
        if of == 8 and done >= 3 and not killed:
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    address = cluster.scheduler_address.removeprefix("tcp://")
    options = SearchOptions(
        trials=8,
        builds=1,
        study=f"sqlite:///{tmp_path / 'study.db'}",
        executor=f"dask://{address}",
        build=Options(max_slowdown=1, plan_seconds=0),
    )
    found = search(GRAPH, split(SAMPLES), METRICS["top1"], options, progress=kill)
    assert killed
    assert len(found.tried) == 8
    assert len({tuple(each.chosen.items()) for each in found.tried}) == 8
    assert found.original.flash_bytes > 0


@pytest.fixture
def answers_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_executor, "ANSWER_SECONDS", 1.0)


@pytest.mark.usefixtures("answers_soon")
def test_a_cluster_that_does_not_answer_is_an_error_with_advice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ToolError, match="does not answer") as error, executor(JOB, f"dask://{address}", 1):
            pass
    assert "dask scheduler" in error.value.advice


@pytest.mark.slow
@pytest.mark.usefixtures("answers_soon")
def test_a_cluster_without_workers_is_an_error() -> None:
    empty = LocalCluster(n_workers=0, dashboard_address=":0")
    address = empty.scheduler_address.removeprefix("tcp://")
    with pytest.raises(ToolError, match="no worker"), executor(JOB, f"dask://{address}", 1):
        pass
    empty.close()
