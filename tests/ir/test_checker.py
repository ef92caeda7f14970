from dataclasses import replace

import numpy as np
import pytest

from lilliput.errors import InvariantError
from lilliput.ir import DType, Graph, Quantization
from lilliput.ir.checker import check
from tests.tflite.small_model import (
    BIAS,
    FEATURES,
    FLAT,
    INPUT,
    MATRIX,
    SCORES,
    SHAPE,
    WEIGHTS,
    small_model,
    with_node,
    with_tensor,
)

MODEL = small_model()


def test_a_sound_graph_passes() -> None:
    check(MODEL)


def test_a_graph_without_nodes_passes() -> None:
    check(replace(MODEL, nodes=(), outputs=(INPUT, BIAS)))


def test_a_variable_may_be_read_before_any_node() -> None:
    check(with_node(with_tensor(MODEL, SCORES, is_variable=True), 2, outputs=()))


BROKEN: dict[str, tuple[Graph, str]] = {
    "input out of range": (with_node(MODEL, 0, inputs=(9,)), r"node 0 \(conv_2d\): there is no tensor 9"),
    "negative input": (with_node(MODEL, 0, inputs=(-2,)), "there is no tensor -2"),
    "negative output": (with_node(MODEL, 0, outputs=(-1,)), "there is no tensor -1"),
    "used too early": (replace(MODEL, nodes=MODEL.nodes[::-1]), "tensor 7 has no value yet"),
    "used by its own node": (with_node(MODEL, 1, inputs=(FLAT,)), "tensor 5 has no value yet"),
    "computed twice": (with_node(MODEL, 1, outputs=(FEATURES,)), "tensor 3 already has a value"),
    "constant computed": (with_node(MODEL, 1, outputs=(SHAPE,)), "tensor 4 already has a value"),
    "constant as input": (replace(MODEL, inputs=(INPUT, WEIGHTS)), "tensor 1 already has a value"),
    "input twice": (replace(MODEL, inputs=(INPUT, INPUT)), "tensor 0 already has a value"),
    "no outputs": (replace(MODEL, outputs=()), "no output"),
    "output out of range": (replace(MODEL, outputs=(9,)), "the graph's outputs: there is no tensor 9"),
    "output never computed": (replace(MODEL, nodes=MODEL.nodes[:3]), "the graph's outputs: tensor 8 has no value"),
    "negative dimension": (with_tensor(MODEL, INPUT, shape=(-1,)), 'tensor 0 "image" has the shape'),
    "data of another shape": (
        with_tensor(MODEL, MATRIX, shape=(64, 3)),
        'tensor 6 "matrix" is int8 .* its data are int8',
    ),
    "data of another type": (with_tensor(MODEL, BIAS, dtype=DType.FLOAT32), "is float32"),
    "packed data as int8": (with_tensor(MODEL, MATRIX, dtype=DType.INT4), "is uint8"),
    "data that can be written": (with_tensor(MODEL, BIAS, data=np.zeros(4, np.int32)), "can be written"),
    "too few zero points": (
        with_tensor(MODEL, WEIGHTS, quantization=Quantization((1.0,) * 4, (0,))),
        "4 scales but 1 zero points",
    ),
    "scales along no dimension": (
        with_tensor(MODEL, BIAS, quantization=Quantization((1.0,) * 4, (0,) * 4, 1)),
        "4 scales along dimension 1",
    ),
    "scales of another number": (
        with_tensor(MODEL, BIAS, quantization=Quantization((1.0,) * 3, (0,) * 3)),
        "3 scales along dimension 0",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_graph_is_found(name: str) -> None:
    graph, message = BROKEN[name]
    with pytest.raises(InvariantError, match=message):
        check(graph)
