"""Random networks, compiled and run under sanitizers: the bytes of TFLM, graph by graph.

A failure names the seeds; `random_graph(seed)` makes the network again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lilliput import oracles, tflite
from lilliput.errors import UsageError
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from tests.cases.random_graphs import random_graph
from tests.end_to_end.batch import Case, run_batch

BATCH = 25
INPUTS = 3
BY_ROWS = Options(target="host")

pytestmark = pytest.mark.usefixtures("host_gcc")


@pytest.fixture(scope="module")
def tflm() -> Oracle:
    """The oracle whose arithmetic counts."""
    found = [oracle for oracle in oracles.available() if oracle.name == "tflm"]
    if not found:
        pytest.skip("needs the package tflite-micro")
    return found[0]


def compiled(seed: int, graph: Graph, options: Options) -> Case:
    """The network as C, with its inputs."""
    prepared = prepare(graph)
    _, source = generate(prepared, replace(options, name=f"g{seed:04d}"))
    return Case(source, prepared, oracles.random_inputs(graph, INPUTS, seed))


def wrong(graphs: Mapping[int, Graph], oracle: Oracle, folder: Path, options: Options = BY_ROWS) -> list[str]:
    """What is wrong with the compiled networks, by seed: a line for each that is not as TFLM has it."""
    cases = [compiled(seed, graph, options) for seed, graph in graphs.items()]
    findings: list[str] = []
    results = run_batch(cases, folder, "-O2" if options.optimize == "speed" else "-O0")
    for (seed, graph), case, actual in zip(graphs.items(), cases, results, strict=True):
        expected = oracles.run(oracle, tflite.write(graph), graph, case.inputs)
        if actual != expected:
            findings.append(f"random_graph({seed}): {actual if isinstance(actual, str) else _place(actual, expected)}")
    return findings


def _place(actual: Sequence[Sequence[bytes]], expected: Sequence[Sequence[bytes]]) -> str:
    """Where outputs differ first."""
    return next(
        f"input set {number}, output {output}, byte {at}: {right[at]} became {left[at]}"
        for number, pair in enumerate(zip(actual, expected, strict=True))
        for output, (left, right) in enumerate(zip(*pair, strict=True))
        for at in range(len(right))
        if left[at] != right[at]
    )


def networks(first: int, count: int) -> dict[int, Graph]:
    """The random networks of these seeds."""
    return {seed: random_graph(seed) for seed in range(first, first + count)}


def can_be_pushed(graph: Graph) -> bool:
    """Whether the first input can be taken row by row; the planner says so."""
    try:
        generate(prepare(graph), replace(BY_ROWS, name="g", input="rows"))
    except UsageError:
        return False
    return True


@pytest.fixture
def fuse_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever can hand over pixels does, whether it saves memory or not."""
    rank = property(lambda arena: (-arena.handovers, arena.size_bytes))
    monkeypatch.setattr("lilliput.planning.search.Arena.rank", rank)
    monkeypatch.setattr("lilliput.planning.search._is_at_peak", lambda *_: True)
    monkeypatch.setattr("lilliput.planning.planner.lower_bound_bytes", lambda *_, **__: 0)


def test_twenty_random_networks_compute_the_bytes_of_tflm(tflm: Oracle, tmp_path: Path) -> None:
    assert wrong(networks(0, 20), tflm, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(20, 520, BATCH))
def test_five_hundred_random_networks_compute_the_bytes_of_tflm(first: int, tflm: Oracle, tmp_path: Path) -> None:
    options = BY_ROWS if first // BATCH % 4 else replace(BY_ROWS, optimize="speed")
    assert wrong(networks(first, BATCH), tflm, tmp_path, options) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(520, 720, BATCH))
def test_random_networks_take_their_input_row_by_row(first: int, tflm: Oracle, tmp_path: Path) -> None:
    options = replace(BY_ROWS, input="rows")
    possible = {seed: graph for seed, graph in networks(first, BATCH).items() if can_be_pushed(graph)}
    assert len(possible) >= BATCH / 4
    assert wrong(possible, tflm, tmp_path, options) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(720, 770, BATCH))
def test_random_networks_run_in_whole_layers(first: int, tflm: Oracle, tmp_path: Path) -> None:
    assert wrong(networks(first, BATCH), tflm, tmp_path, replace(BY_ROWS, schedule="layers")) == []


@pytest.mark.usefixtures("fuse_all")
def test_twenty_random_networks_hand_over_pixels(tflm: Oracle, tmp_path: Path) -> None:
    assert wrong(networks(770, 20), tflm, tmp_path) == []


@pytest.mark.slow
@pytest.mark.usefixtures("fuse_all")
@pytest.mark.parametrize("first", range(790, 990, BATCH))
def test_random_networks_hand_over_pixels_wherever_they_can(first: int, tflm: Oracle, tmp_path: Path) -> None:
    options = replace(BY_ROWS, optimize="speed" if first // BATCH % 2 else "size")
    assert wrong(networks(first, BATCH), tflm, tmp_path, options) == []


@pytest.mark.slow
@pytest.mark.usefixtures("fuse_all")
@pytest.mark.parametrize("first", range(990, 1090, BATCH))
def test_random_networks_hand_over_pixels_of_an_input_row_by_row(first: int, tflm: Oracle, tmp_path: Path) -> None:
    options = replace(BY_ROWS, input="rows")
    possible = {seed: graph for seed, graph in networks(first, BATCH).items() if can_be_pushed(graph)}
    assert wrong(possible, tflm, tmp_path, options) == []
