"""Random one-operator models: the compiled code against TFLM, byte for byte."""

import numpy as np
import pytest

from lilliput import oracles, tflite
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from lilliput.toolchain import run_host
from tests.cases.random_cases import RANDOM_CASES, random_case

SEEDS = 12
INPUTS = 4


def edge_inputs(graph: Graph) -> list[list[bytes]]:
    """Random inputs, and all-lowest and all-highest ones for int8."""
    inputs = oracles.random_inputs(graph, INPUTS, seed=7)
    for value in (-128, 127):
        sample = [
            np.full(tensor.shape, value, np.int8).tobytes() if tensor.dtype.value == "INT8" else data
            for tensor, data in zip(graph.select(graph.inputs), inputs[0], strict=True)
        ]
        inputs.append(sample)
    return inputs


@pytest.mark.parametrize("operator", sorted(RANDOM_CASES))
def test_a_random_operator_computes_the_bytes_of_tflm(operator: str, tflm: Oracle) -> None:
    for seed in range(SEEDS):
        graph = random_case(operator, seed)
        inputs = edge_inputs(graph)
        expected = oracles.run(tflm, tflite.write(graph), graph, inputs)
        prepared = prepare(graph)
        _, source = generate(prepared, Options(name="case"))
        sizes = [tensor.size_bytes for tensor in prepared.select(prepared.outputs)]
        actual = run_host(source, inputs, sizes, toolchain="zig", optimize="size").outputs
        assert actual == expected, f"{operator}, seed {seed}"
