from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lilliput.ir.checker import check
from lilliput.oracles import available, random_inputs, run
from lilliput.tflite import cut, read, write
from tests.tflite.small_model import (
    FEATURES,
    INPUT,
    PROBABILITIES,
    SCORES,
    computed,
    constant,
    described,
    graph_of,
    node,
    small_model,
)


def test_cutting_at_the_outputs_keeps_everything() -> None:
    assert described(cut(small_model(), [PROBABILITIES])) == described(small_model())


def test_a_cut_model_ends_at_the_wanted_tensor() -> None:
    part = cut(small_model(), [SCORES])
    check(part)
    assert [each.operator for each in part.nodes] == ["conv_2d", "reshape", "fully_connected"]
    assert part.select(part.outputs)[0].name == "scores"
    assert part.nodes[-1].inputs[2] == -1


def test_only_needed_tensors_remain_in_their_order() -> None:
    part = cut(small_model(), [FEATURES])
    assert [tensor.name for tensor in part.tensors] == ["image", "weights", "bias", "features"]


def test_inputs_that_nothing_needs_are_dropped_and_several_outputs_keep_their_order() -> None:
    tensors = [computed(name, (4,)) for name in ("unused", "a", "b", "sum", "product")]
    tensors.append(constant("two", np.full(4, 2, np.int8)))
    nodes = [node("add", (1, 2), (3,)), node("mul", (3, 5), (4,)), node("relu", (0,), (6,))]
    graph = graph_of([*tensors, computed("relu", (4,))], nodes, (0, 1, 2), (6,))
    part = cut(graph, [4, 3])
    check(part)
    assert [tensor.name for tensor in part.select(part.inputs)] == ["a", "b"]
    assert [tensor.name for tensor in part.select(part.outputs)] == ["product", "sum"]


def test_a_cut_at_an_input_computes_nothing() -> None:
    part = cut(small_model(), [INPUT])
    check(part)
    assert (len(part.tensors), part.nodes, part.inputs, part.outputs) == (1, (), (0,), (0,))


def test_a_node_whose_second_output_alone_is_needed_keeps_both() -> None:
    tensors = [constant("axis", np.array(0, np.int32)), *(computed(name, (2,)) for name in ("x", "first", "second"))]
    part = cut(graph_of(tensors, [node("split", (0, 1), (2, 3), num_splits=2)], (1,), (2, 3)), [3])
    check(part)
    assert (part.nodes[0].outputs, part.outputs) == ((2, 3), (3,))


def test_cutting_leaves_the_values_before_the_cut_as_they_were(shared_models: Path) -> None:
    oracles = available()
    if not oracles:
        pytest.skip("needs an oracle")
    graph = read(shared_models / "kws.tflite")
    scores = graph.nodes[-1].inputs[0]
    both = replace(graph, outputs=(*graph.outputs, scores))
    part = cut(graph, [scores])
    inputs = random_inputs(graph, 3, seed=2)
    expected = [outputs[1] for outputs in run(oracles[0], write(both), both, inputs)]
    assert [outputs[0] for outputs in run(oracles[0], write(part), part, inputs)] == expected
