"""Kernels that decode their weights, under sanitizers: the bytes of TFLM, with every encoding."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from lilliput import encodings, oracles, tflite
from lilliput.encodings import Encoding
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from tests.cases.random_cases import random_case
from tests.cases.random_graphs import random_graph
from tests.encodings.encoded import coarse, encoded
from tests.end_to_end.batch import Case, run_batch

CASES = 12

pytestmark = pytest.mark.usefixtures("host_gcc")


def wrong(graphs: Sequence[Graph], choice: Sequence[Encoding], oracle: Oracle, folder: Path) -> list[int]:
    """The positions of graphs whose encoded layers do not give TFLM's bytes; at least half must have such layers."""
    cases: list[Case] = []
    layers = 0
    for number, graph in enumerate(graphs):
        prepared = prepare(graph)
        implementations = encoded(prepared, choice, first=number)
        layers += len(implementations.chosen)
        _, source = generate(prepared, Options(target="host", name=f"g{number}"), implementations)
        cases.append(Case(source, prepared, oracles.random_inputs(graph, 2, number)))
    assert layers >= len(graphs) / 2
    results = run_batch(cases, folder, "-O0")
    correct = [
        oracles.run(oracle, tflite.write(graph), graph, case.inputs) for graph, case in zip(graphs, cases, strict=True)
    ]
    return [number for number, pair in enumerate(zip(results, correct, strict=True)) if pair[0] != pair[1]]


@pytest.mark.parametrize("encoding", encodings.ALL, ids=lambda encoding: encoding.name)
@pytest.mark.parametrize("operator", ["conv_2d", "fully_connected"])
def test_layers_with_encoded_weights_compute_the_bytes_of_tflm(
    operator: str, encoding: Encoding, tflm: Oracle, tmp_path: Path
) -> None:
    graphs = (coarse(random_case(operator, seed)) for seed in itertools.count())
    possible = (graph for graph in graphs if encoded(prepare(graph), [encoding]).chosen)
    assert wrong(list(itertools.islice(possible, CASES)), [encoding], tflm, tmp_path) == []


@pytest.mark.parametrize("first", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (20, 40))])
def test_networks_with_several_encodings_compute_the_bytes_of_tflm(first: int, tflm: Oracle, tmp_path: Path) -> None:
    graphs = [random_graph(seed) for seed in range(first, first + 20)]
    graphs = [coarse(graph) if number % 2 else graph for number, graph in enumerate(graphs)]
    assert wrong(graphs, encodings.ALL, tflm, tmp_path) == []
