"""Random networks, compiled and run under sanitizers: the bytes of TFLM, graph by graph.

A failure names the seeds; `random_graph(seed)` makes the network again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lilliput import oracles, tflite
from lilliput.errors import UsageError
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from lilliput.planning.fusion import edges
from lilliput.tracing import trace
from tests.cases.random_graphs import random_graph
from tests.end_to_end.batch import Case, run_batch
from tests.planning.forced import everything_fused

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
def fuse_all() -> Iterator[None]:
    """Whatever can hand over pixels does."""
    with everything_fused():
        yield


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


def test_random_networks_hand_over_pixels_of_every_kind() -> None:
    graphs = [prepare(random_graph(seed)) for seed in range(770, 1090)]
    found = [(graph.nodes[a].operator, graph.nodes[b].operator) for graph in graphs for a, b in _edges(graph)]
    producers, consumers = {producer for producer, _ in found}, {consumer for _, consumer in found}
    assert producers >= {"conv_2d", "depthwise_conv_2d", "average_pool_2d", "max_pool_2d", "add", "relu"}
    assert consumers >= {
        "conv_2d",
        "add",
        "sub",
        "mul",
        "relu",
        "logistic",
        "mean",
        "average_pool_2d",
        "fully_connected",
    }


def _edges(graph: Graph) -> Sequence[tuple[int, int]]:
    return edges(graph, support.operator_of)


@pytest.mark.slow
def test_debug_builds_report_handed_over_pixels_as_the_tensors_of_whole_layers() -> None:
    for seed in range(770, 790):
        graph = prepare(random_graph(seed))
        inputs = oracles.random_inputs(graph, 1, seed)[0]
        whole = {each.tensor: each.data for each in trace(graph, replace(BY_ROWS, name="g", schedule="layers"), inputs)}
        with everything_fused():
            fused = {each.tensor: each.data for each in trace(graph, replace(BY_ROWS, name="g"), inputs)}
        assert {graph.nodes[node].outputs[0] for edge in _edges(graph) for node in edge} <= fused.keys()
        assert fused == {tensor: whole[tensor] for tensor in fused}
