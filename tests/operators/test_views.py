"""Views: the bytes that an output has in common with an input, and that no code is left of them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.operators.operator import View
from lilliput.options import Options
from lilliput.pipeline import generate, prepare
from lilliput.toolchain import run_host
from tests.cases import network
from tests.cases.builder import GraphBuilder
from tests.cases.random_cases import random_case

SEEDS = 60


def values(graph: Graph) -> list[NDArray[np.generic] | None]:
    """The constants of the last node, and random bytes for its other inputs."""
    rng = np.random.default_rng(3)
    tensors = graph.input_tensors(graph.nodes[-1])
    return [
        None
        if tensor is None
        else tensor.data
        if tensor.data is not None
        else np.frombuffer(rng.bytes(tensor.size_bytes), tensor.dtype.numpy).reshape(tensor.shape)
        for tensor in tensors
    ]


@pytest.mark.parametrize(
    "operator",
    ["concatenation", "expand_dims", "pack", "reshape", "split", "squeeze", "strided_slice", "transpose"],
)
def test_an_output_has_the_bytes_of_its_views(operator: str) -> None:
    found = 0
    for graph in (random_case(operator, seed) for seed in range(SEEDS)):
        node, inputs = graph.nodes[-1], values(graph)
        outputs = support.operator_of(node).fold(graph, node, inputs)
        assert outputs is not None
        for view in support.operator_of(node).views(graph, node):
            source, target = inputs[view.input], outputs[view.output]
            assert source is not None
            start, end = max(0, -view.offset_bytes), min(target.nbytes, source.nbytes - view.offset_bytes)
            assert end - start == min(target.nbytes, source.nbytes)
            seen = source.tobytes()[start + view.offset_bytes : end + view.offset_bytes]
            assert target.tobytes()[start:end] == seen
            found += 1
    assert found


@pytest.mark.parametrize(
    ("shapes", "axis", "views"),
    [
        ([(1, 2, 3), (1, 4, 3)], 1, (View(0), View(1, 0, -6))),
        ([(1, 2, 3), (1, 2, 5)], -1, ()),
        ([(2, 3), (1, 3)], 0, (View(0), View(1, 0, -6))),
        ([(2, 3)], 1, (View(),)),
    ],
)
def test_inputs_of_a_concatenation_are_views_where_they_follow_one_another(
    shapes: list[tuple[int, ...]], axis: int, views: tuple[View, ...]
) -> None:
    builder = GraphBuilder()
    shape = list(shapes[0])
    shape[axis] = sum(each[axis] for each in shapes)
    parts = [builder.input(each) for each in shapes]
    builder.node("concatenation", parts, builder.computed(shape), axis=axis, fused_activation_function=0)
    graph = builder.graph()
    assert support.operator_of(graph.nodes[0]).views(graph, graph.nodes[0]) == views


def test_no_code_is_left_of_rows_that_are_cut_and_stacked() -> None:
    net = network.Network(np.random.default_rng(1))
    x = net.builder.input((1, 8, 4, 3), scale=0.1, zero_point=3)
    net.values[x] = network.Values(0, 50)
    parts = network.split(net, x, 1, 2)
    y = net.builder.input((1, 4, 4, 3), scale=0.1, zero_point=3)
    graph = prepare(net.builder.graph(network.concatenate(net, [parts[1], y], 1)))
    plan, source = generate(graph, Options(name="net", target="host"))
    assert "copy_rows" not in source.source
    assert plan.arena_bytes == 8 * 12 + 4 * 12
    above, below = (bytes(range(count)) for count in (8 * 12, 4 * 12))
    (outputs,) = run_host(source, [[above, below]], [8 * 12], toolchain="zig", optimize="size").outputs
    assert list(outputs) == [above[4 * 12 :] + below]
