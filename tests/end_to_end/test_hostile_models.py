"""Damaged models through the whole front end: refused with a LilliputError, or compiled into memory-safe code."""

from collections.abc import Iterator
from time import process_time

import pytest

from lilliput import oracles
from lilliput.errors import LilliputError
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.pipeline import generate, prepare
from lilliput.tflite import read_bytes, write
from lilliput.toolchain import run_host
from tests.cases.random_cases import RANDOM_CASES, random_case
from tests.tflite.test_mutations import mutated

MUTATIONS_A_MODEL = 100
LONGEST_SECONDS = 5.0
OPTIONS = Options(target="host", name="mutated")


def front_end(data: bytes) -> Graph:
    """Everything before the C compiler."""
    graph = prepare(read_bytes(data, "mutated.tflite"))
    generate(graph, OPTIONS)
    return graph


def survivors(operator: str) -> Iterator[Graph]:
    """The mutations of a random model that compile."""
    original = write(random_case(operator, 0))
    for seed in range(MUTATIONS_A_MODEL):
        start = process_time()
        try:
            yield front_end(mutated(original, seed))
        except LilliputError as error:
            assert error.fact  # noqa: PT017
        assert process_time() - start < LONGEST_SECONDS, f"{operator}, seed {seed}"


@pytest.mark.parametrize("operator", sorted(RANDOM_CASES))
def test_a_damaged_operator_is_refused_or_compiled(operator: str) -> None:
    compiled = sum(1 for _ in survivors(operator))
    assert 0 < compiled < MUTATIONS_A_MODEL


@pytest.mark.slow
@pytest.mark.usefixtures("host_gcc")
@pytest.mark.parametrize("operator", sorted(RANDOM_CASES))
def test_a_damaged_operator_that_compiles_stays_inside_its_memory(operator: str) -> None:
    small = [graph for graph in survivors(operator) if sum(tensor.size_bytes for tensor in graph.tensors) < 1_000_000]
    for graph in small[:: max(len(small) // 4, 1)]:
        _, source = generate(graph, OPTIONS)
        sizes = [tensor.size_bytes for tensor in graph.select(graph.outputs)]
        inputs = oracles.random_inputs(graph, 1, seed=0)
        run_host(source, inputs, sizes, toolchain="gcc", optimize="size", sanitize=True)
