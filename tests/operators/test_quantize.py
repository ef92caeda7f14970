"""QUANTIZE and DEQUANTIZE at the edges of floating point."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.ir import DType, Graph
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from lilliput.toolchain import run_host
from tests.cases.builder import GraphBuilder, float32


def quantize(values: NDArray[np.float32], scale: float, zero_point: int) -> Graph:
    builder = GraphBuilder()
    x = builder.input(values.shape, DType.FLOAT32)
    builder.node("quantize", [x], builder.computed(values.shape, scale=scale, zero_point=zero_point))
    return builder.graph()


def compiled(graph: Graph, values: NDArray[np.float32]) -> bytes:
    _, source = generate(prepare(graph), Options(name="edges"))
    return run_host(source, [[values.tobytes()]], [values.size], toolchain="zig", optimize="size").outputs[0][0]


def around_ties(scale: float) -> NDArray[np.float32]:
    """Floats at and next to the middle between two int8 values, and tiny ones."""
    ties = ((np.arange(-300, 300) + 0.5) * float32(scale)).astype(np.float32)
    below, above = (np.nextafter(ties, np.float32(end)) for end in (-np.inf, np.inf))
    tiny = np.array([0.0, -0.0, 1e-40, -1e-40], np.float32)
    return np.concatenate([ties, below, above, tiny])


@pytest.mark.parametrize(("scale", "zero_point"), [(0.1, 3), (1.0, -128), (0.0078393, 127)])
def test_ties_are_rounded_as_in_tflm(scale: float, zero_point: int, tflm: Oracle) -> None:
    values = around_ties(scale)
    graph = quantize(values, scale, zero_point)
    ((expected,),) = oracles.run(tflm, tflite.write(graph), graph, [[values.tobytes()]])
    assert compiled(graph, values) == expected


def test_infinite_and_huge_values_saturate() -> None:
    values = np.array([np.inf, -np.inf, 3e9, -3e9, 3e38, -3e38], np.float32)
    output = np.frombuffer(compiled(quantize(values, 0.5, 3), values), np.int8)
    assert output.tolist() == [127, -128] * 3


@pytest.mark.usefixtures("host_gcc")
def test_not_a_number_is_some_int8_and_no_undefined_behaviour() -> None:
    values = np.array([np.nan, -np.nan], np.float32)
    _, source = generate(prepare(quantize(values, 0.5, 3)), Options(name="edges"))
    run = run_host(source, [[values.tobytes()]], [2], toolchain="gcc", optimize="size", sanitize=True)
    assert len(run.outputs[0][0]) == 2
