"""Random networks, compiled and run under sanitizers: the bytes of TFLM, graph by graph.

A failure names the seeds; `random_graph(seed)` makes the network again.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from lilliput import oracles, tflite
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from tests.cases.random_graphs import random_graph
from tests.end_to_end.batch import Case, run_batch

BATCH = 25
INPUTS = 3

pytestmark = pytest.mark.usefixtures("host_gcc")


@pytest.fixture(scope="module")
def tflm() -> Oracle:
    """The oracle whose arithmetic counts."""
    found = [oracle for oracle in oracles.available() if oracle.name == "tflm"]
    if not found:
        pytest.skip("needs the package tflite-micro")
    return found[0]


def compiled(seed: int, graph: Graph) -> Case:
    """The network as C, with its inputs."""
    prepared = prepare(graph)
    _, source = generate(prepared, Options(target="host", name=f"g{seed:04d}"))
    return Case(source, prepared, oracles.random_inputs(graph, INPUTS, seed))


def wrong(seeds: Sequence[int], oracle: Oracle, folder: Path, optimize: str = "-O0") -> list[str]:
    """What is wrong with the compiled networks of these seeds, a line for each that is."""
    graphs = [random_graph(seed) for seed in seeds]
    cases = [compiled(seed, graph) for seed, graph in zip(seeds, graphs, strict=True)]
    findings: list[str] = []
    for seed, graph, case, actual in zip(seeds, graphs, cases, run_batch(cases, folder, optimize), strict=True):
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


def test_twenty_random_networks_compute_the_bytes_of_tflm(tflm: Oracle, tmp_path: Path) -> None:
    assert wrong(range(20), tflm, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(20, 520, BATCH))
def test_five_hundred_random_networks_compute_the_bytes_of_tflm(first: int, tflm: Oracle, tmp_path: Path) -> None:
    optimize = "-O0" if first // BATCH % 4 else "-O2"
    assert wrong(range(first, first + BATCH), tflm, tmp_path, optimize) == []
