"""ADD and SUB for Armv7E-M, emulated: the bytes of TFLM for every pair of inputs."""

from pathlib import Path

import numpy as np
import pytest

from lilliput import oracles, tflite
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.add.add_armv7em import AddArmv7em
from lilliput.operators.operator import Operator
from lilliput.operators.sub.sub_armv7em import SubArmv7em
from lilliput.oracles import Oracle
from tests.cases import draw
from tests.cases.builder import NONE, RELU, GraphBuilder
from tests.operators.emulated_program import Variant, complaints
from tests.operators.row_program import Case

OPERATORS: tuple[Operator, ...] = (AddArmv7em(), SubArmv7em())


def addition(operator: str, shape: tuple[int, ...], seed: int, function: int = NONE) -> Graph:
    rng = np.random.Generator(np.random.PCG64(seed))
    scales = [0.5, 0.5, 0.5] if seed == 0 else [float(rng.uniform(0.01, 0.05)) for _ in range(3)]
    builder = GraphBuilder()
    x, y = (builder.input(shape, scale=scale, zero_point=draw.zero_point(rng)) for scale in scales[:2])
    out = builder.computed(shape, scale=scales[2], zero_point=draw.between(rng, -128, 0))
    builder.node(operator, [x, y], out, fused_activation_function=function, pot_scale_int16=True)
    return builder.graph()


def variant(tflm: Oracle, operator: Operator, graph: Graph, inputs: tuple[bytes, ...]) -> Variant:
    support.check(graph)
    (outputs,) = oracles.run(tflm, tflite.write(graph), graph, [inputs])
    call = operator.rows(graph, graph.nodes[0])
    assert call is not None
    own = tuple(inputs[graph.inputs.index(index)] for index in call.inputs)
    return Variant(Case(operator.name, graph, call, own, outputs[0]), operator)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_every_pair_of_inputs_gives_the_byte_of_tflm(operator: Operator, tflm: Oracle, tmp_path: Path) -> None:
    values = np.arange(-128, 128, dtype=np.int8)
    pairs = np.repeat(values, 256).tobytes(), np.tile(values, 256).tobytes()
    found: list[Variant] = []
    for seed in range(6):
        graph = addition(operator.name, (1, 2, 128, 256), seed)
        if operator.applies(graph, graph.nodes[0]):
            found.append(variant(tflm, operator, graph, pairs))
    assert len(found) >= 4
    assert complaints(found, tmp_path) == []


@pytest.mark.parametrize("toolchain", ["zig", pytest.param("gcc", marks=pytest.mark.slow)])
def test_rows_of_any_length_are_added(
    toolchain: str, tflm: Oracle, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if toolchain == "gcc":
        request.getfixturevalue("arm_gcc")
    found: list[Variant] = []
    for width in range(1, 10):
        graph = addition("add", (1, 2, width, 1), 1)
        found.append(variant(tflm, OPERATORS[0], graph, tuple(oracles.random_inputs(graph, 1, seed=width)[0])))
    assert complaints(found, tmp_path, toolchain="gcc" if toolchain == "gcc" else "zig") == []


def test_sums_with_narrow_limits_and_repeated_inputs_are_left_to_the_portable_kernel() -> None:
    graph = addition("add", (1, 2, 3, 4), 2, RELU)
    assert not OPERATORS[0].applies(graph, graph.nodes[0])
    builder = GraphBuilder()
    x, y = builder.input((1, 2, 2, 4), scale=0.1), builder.input((1, 1, 1, 4), scale=0.1)
    builder.node("add", [x, y], builder.computed((1, 2, 2, 4), scale=0.1), fused_activation_function=NONE)
    repeated = builder.graph()
    assert not OPERATORS[0].applies(repeated, repeated.nodes[0])
