"""LOGISTIC and TANH: the tables hold what TFLM computes, for every input."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.operator import Constant
from lilliput.oracles import Oracle
from tests.cases.builder import GraphBuilder

OUTPUTS = {"logistic": (1 / 256, -128), "tanh": (1 / 128, 0)}
EVERY_INT8 = np.arange(256, dtype=np.uint8).view(np.int8)


def one_node(operator: str, scale: float, zero_point: int) -> Graph:
    builder = GraphBuilder()
    x = builder.input((1, 256), scale=scale, zero_point=zero_point)
    out_scale, out_zero_point = OUTPUTS[operator]
    builder.node(operator, [x], builder.computed((1, 256), scale=out_scale, zero_point=out_zero_point))
    return builder.graph()


def table(graph: Graph) -> NDArray[np.int8]:
    node = graph.nodes[0]
    (call,) = support.operator_of(node).calls(graph, node)
    constant = call.parameters["table"]
    assert isinstance(constant, Constant)
    return constant.values


@pytest.mark.parametrize("operator", OUTPUTS)
def test_a_table_holds_what_tflm_computes_for_every_input(operator: str, tflm: Oracle) -> None:
    random = np.random.default_rng(1)
    scales = [2.0**power for power in (*range(-28, 9, 4), *random.uniform(-28, 8, 30), *random.uniform(-8, 0, 60))]
    for scale in scales:
        graph = one_node(operator, scale, int(random.integers(-128, 128)))
        ((output,),) = oracles.run(tflm, tflite.write(graph), graph, [[EVERY_INT8.tobytes()]])
        assert table(graph).tobytes() == output, f"scale {scale}"


@pytest.mark.parametrize("operator", OUTPUTS)
def test_a_table_never_falls(operator: str) -> None:
    values = table(one_node(operator, 0.05, 3))
    assert (np.diff(np.roll(values, 128).astype(int)) >= 0).all()
