"""SOFTMAX: which inputs its kernel may leave out, and long rows."""

import numpy as np
import pytest

from lilliput import oracles, tflite
from lilliput.errors import UnsupportedError
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.exponential import exp, rescale
from lilliput.operators.fixed_point import quantize_multiplier
from lilliput.operators.softmax.softmax import difference_minimum
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from lilliput.toolchain import run_host
from tests.cases.builder import GraphBuilder

MULTIPLIERS = [quantize_multiplier(2.0**power) for power in (0.01, 10.3, 19.9, 20.5, 22.7, 23.1, 25.9, 28.4, 30.2)]


def softmax(shape: tuple[int, ...], scale: float, *, beta: float = 1.0, out_scale: float = 1 / 256) -> Graph:
    builder = GraphBuilder()
    x = builder.input(shape, scale=scale, zero_point=0)
    builder.node("softmax", [x], builder.computed(shape, scale=out_scale, zero_point=-128), beta=beta)
    return builder.graph()


@pytest.mark.parametrize(("multiplier", "shift"), MULTIPLIERS)
def test_differences_that_are_left_out_add_nothing_to_the_sum(multiplier: int, shift: int) -> None:
    lowest = -min(255, 31 * 2**26 >> shift)
    left_out = np.arange(lowest, difference_minimum(multiplier, shift), dtype=np.int64)
    assert (exp(rescale(left_out, multiplier, shift), 5) < 1 << 11).all()


@pytest.mark.parametrize(("multiplier", "shift"), MULTIPLIERS)
def test_differences_that_count_need_no_factor_beyond_exp_of_minus_8(multiplier: int, shift: int) -> None:
    assert rescale(np.array(difference_minimum(multiplier, shift)), multiplier, shift) > -(16 << 26)


def test_rows_of_every_length_have_the_bytes_of_tflm(tflm: Oracle) -> None:
    random = np.random.default_rng(3)
    for depth, scale in ((1, 0.1), (2, 0.02), (10, 0.15), (1001, 0.07)):
        graph = softmax((2000 // depth, depth), scale)
        inputs = [[random.integers(-128, 128, 2000 // depth * depth).astype(np.int8).tobytes()]]
        _, source = generate(prepare(graph), Options(name="rows"))
        actual = run_host(source, inputs, [len(inputs[0][0])], toolchain="zig", optimize="size").outputs
        assert actual == oracles.run(tflm, tflite.write(graph), graph, inputs), f"depth {depth}"


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (softmax((1, 4), 0.1, out_scale=1 / 128), "scale 1/256"),
        (softmax((1, 4), 0.1, beta=0.0), "Beta times"),
        (softmax((1, 5000), 0.1), "from 1 to 4,095"),
    ],
)
def test_what_tflm_cannot_compute_is_refused(graph: Graph, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        support.check(graph)
