"""RELU, RELU6 and QUANTIZE: which kernel, and when none is needed."""

import numpy as np
import pytest

from lilliput import oracles, tflite
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from lilliput.toolchain import run_host
from tests.cases.builder import GraphBuilder

EVERY_INT8 = np.arange(-128, 128).astype(np.int8)


def one_node(operator: str, source: tuple[float, int], target: tuple[float, int]) -> Graph:
    builder = GraphBuilder()
    x = builder.input((256,), scale=source[0], zero_point=source[1])
    builder.node(operator, [x], builder.computed((256,), scale=target[0], zero_point=target[1]))
    return builder.graph()


@pytest.mark.parametrize(
    ("graph", "kernel", "view"),
    [
        (one_node("relu", (0.1, -128), (0.1, -128)), "clamp_elements", True),
        (one_node("relu", (0.1, 4), (0.1, 4)), "clamp_elements", False),
        (one_node("relu", (0.1, -128), (0.1, 4)), "clamp_elements", False),
        (one_node("relu", (0.1, -128), (0.2, -128)), "requantize_elements", False),
        (one_node("relu6", (0.02, -128), (0.02, -128)), "clamp_elements", True),
        (one_node("relu6", (0.1, -128), (0.1, -128)), "clamp_elements", False),
        (one_node("quantize", (0.1, 4), (0.1, 4)), "clamp_elements", True),
        (one_node("quantize", (0.1, 4), (0.3, 4)), "requantize_elements", False),
    ],
)
def test_what_keeps_its_scale_is_only_clamped_and_what_stays_the_same_is_a_view(
    graph: Graph, kernel: str, view: bool
) -> None:
    node = graph.nodes[0]
    operator = support.operator_of(node)
    assert [call.kernel for call in operator.calls(graph, node)] == [kernel]
    assert bool(operator.views(graph, node)) == view


def test_relu6_ignores_the_outputs_quantisation_as_tflm_does(tflm: Oracle) -> None:
    graph = one_node("relu6", (0.05, 3), (0.03, -7))
    inputs = [[EVERY_INT8.tobytes()]]
    _, source = generate(prepare(graph), Options(name="relu6"))
    actual = run_host(source, inputs, [256], toolchain="zig", optimize="size").outputs
    assert actual == oracles.run(tflm, tflite.write(graph), graph, inputs)
