"""MEAN: how axes become loops."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from lilliput.errors import ModelError, UnsupportedError
from lilliput.ir import Graph
from lilliput.operators import support
from tests.cases.builder import GraphBuilder


def mean(shape: Sequence[int], axes: Sequence[int], out_shape: Sequence[int], *, keep_dims: bool = False) -> Graph:
    builder = GraphBuilder()
    x, axis = builder.input(shape, scale=0.1), builder.constant(np.array(axes, np.int32))
    builder.node("mean", [x, axis], builder.computed(out_shape, scale=0.1), keep_dims=keep_dims)
    return builder.graph()


@pytest.mark.parametrize(
    ("shape", "axes", "out_shape", "kernel", "sizes"),
    [
        ((1, 3, 5, 8), (1, 2), (1, 8), "mean", {"outer": 1, "count": 15, "inner": 8}),
        ((2, 3, 5, 8), (-1,), (2, 3, 5), "mean", {"outer": 30, "count": 8, "inner": 1}),
        ((2, 1, 5, 8), (0, 2), (1, 8), "mean", {"outer": 1, "count": 10, "inner": 8}),
        ((4, 6), (), (4, 6), "mean", {"outer": 24, "count": 1, "inner": 1}),
        ((2, 3, 5, 8), (1, 3), (2, 5), "mean_two_axes", {"outer": 2, "count_1": 3, "middle": 5, "count_2": 8}),
        ((2, 3, 5, 8), (0, 2), (3, 8), "mean_two_axes", {"count_1": 2, "middle": 3, "count_2": 5, "inner": 8}),
    ],
)
def test_neighbouring_axes_become_one_loop(
    shape: Sequence[int], axes: Sequence[int], out_shape: Sequence[int], kernel: str, sizes: dict[str, int]
) -> None:
    graph = mean(shape, axes, out_shape)
    support.check(graph)
    (call,) = support.operator_of(graph.nodes[0]).calls(graph, graph.nodes[0])
    names = ("outer", "count", "count_1", "middle", "count_2", "inner")
    loops = [size for name in names if isinstance(size := call.parameters.get(name, 1), int)]
    assert call.kernel == kernel
    assert sizes.items() <= call.parameters.items()
    assert math.prod(loops) == math.prod(shape)


def test_three_separate_groups_of_axes_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="at most two groups"):
        support.check(mean((2, 3, 2, 3, 2), (0, 2, 4), (3, 3)))


def test_an_output_of_another_shape_contradicts_the_axes() -> None:
    with pytest.raises(ModelError, match="without the axes"):
        support.check(mean((1, 3, 5, 8), (1, 2), (1, 3)))
