"""Fully connected layers for Armv7E-M, emulated: the bytes of TFLM for any length, scale and number of vectors."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from lilliput import oracles, tflite
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.by_rows import row_by_row
from lilliput.operators.fully_connected.fully_connected_armv7em import FullyConnectedArmv7em
from lilliput.oracles import Oracle
from lilliput.toolchain.compiler import Toolchain
from tests.cases import draw
from tests.cases.builder import NONE, RELU, RELU6, GraphBuilder, float32
from tests.operators.emulated_program import Variant, complaints
from tests.operators.row_program import Case

CASES = 16
VARIANT = FullyConnectedArmv7em()


def layer(rng: Generator, *, factor: float, per_channel: bool, vectors: int = 1) -> Graph:
    """A layer of any size with a real scale of `factor`, or of less for some of its channels."""
    builder = GraphBuilder()
    inputs, outputs = draw.between(rng, 1, 40), draw.between(rng, 1, 9)
    x = builder.input((1, 1, vectors, inputs), scale=0.05, zero_point=draw.zero_point(rng))
    ends = draw.chance(rng, 0.3)
    size = (outputs, inputs)
    weights = rng.choice([-127, 127], size) if ends else rng.integers(-127, 128, size)
    scales = [float32(2 * factor / (1 + channel)) for channel in range(outputs if per_channel else 1)]
    largest = 1 << draw.pick(rng, (6, 14, 22))
    bias = builder.constant(
        rng.integers(-largest, largest, outputs).astype(np.int32), [float32(0.05 * each) for each in scales]
    )
    operands = [x, builder.constant(weights.astype(np.int8), scales), bias]
    out = builder.computed((1, 1, vectors, outputs), scale=0.1, zero_point=draw.zero_point(rng))
    activation = draw.pick(rng, (NONE, RELU, RELU6))
    builder.node("fully_connected", operands, out, fused_activation_function=activation, keep_num_dims=True)
    return builder.graph()


def random_layer(rng: Generator) -> Graph:
    per_channel = draw.chance(rng, 0.5)
    return layer(
        rng, factor=2.0 ** rng.uniform(-14, -2.01), per_channel=per_channel, vectors=draw.pick(rng, (1, 1, 2, 3))
    )


def variant(tflm: Oracle, graph: Graph, name: str) -> Variant:
    """The case of a graph's only node, with what TFLM computes: one step for all vectors."""
    support.check(graph)
    inputs = oracles.random_inputs(graph, 1, seed=1)
    (outputs,) = oracles.run(tflm, tflite.write(graph), graph, inputs)
    (call,) = VARIANT.calls(graph, graph.nodes[0])
    whole = replace(row_by_row(call, 1), scratch_bytes=call.scratch_bytes)
    return Variant(Case(name, graph, whole, tuple(inputs[0]), outputs[0]), VARIANT)


@pytest.mark.parametrize("toolchain", ["zig", "gcc"])
def test_bytes_are_those_of_tflm(
    toolchain: Toolchain, tflm: Oracle, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if toolchain == "gcc":
        request.getfixturevalue("arm_gcc")
    graphs = [random_layer(Generator(PCG64(seed))) for seed in range(2 * CASES)]
    usable = [graph for graph in graphs if VARIANT.applies(graph, graph.nodes[0])][:CASES]
    assert len(usable) == CASES
    found = [variant(tflm, graph, f"seed {seed}") for seed, graph in enumerate(usable)]
    assert complaints(found, tmp_path, toolchain=toolchain) == []


def test_a_flattened_image_is_left_to_the_kernel_that_takes_it_row_by_row() -> None:
    for height in (1, 2):
        builder = GraphBuilder()
        x = builder.input((1, height, 4, 4), scale=0.05)
        weights = builder.constant(np.ones((3, 16 * height), np.int8), 0.01)
        out = builder.computed((1, 3), scale=0.1)
        builder.node("fully_connected", [x, weights], out, fused_activation_function=NONE, keep_num_dims=False)
        graph = builder.graph()
        assert VARIANT.applies(graph, graph.nodes[0]) == (height == 1)


def test_a_scale_of_a_quarter_or_more_is_left_to_the_portable_kernel() -> None:
    for per_channel in (False, True):
        graphs = [layer(Generator(PCG64(1)), factor=factor, per_channel=per_channel) for factor in (0.2499, 0.25)]
        assert [VARIANT.applies(graph, graph.nodes[0]) for graph in graphs] == [True, False]
