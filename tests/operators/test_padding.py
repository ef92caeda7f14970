"""How paddings become calls; the bytes are compared with TFLM by the random models."""

import pytest

from lilliput.ir import Graph
from lilliput.operators import padding, support
from tests.cases.builder import GraphBuilder


def pad(shape: tuple[int, ...], paddings: list[tuple[int, int]]) -> Graph:
    builder = GraphBuilder()
    operands = [builder.input(shape, scale=1.0), builder.constant(paddings)]
    padded = [before + size + after for size, (before, after) in zip(shape, paddings, strict=True)]
    builder.node("pad", operands, builder.computed(padded, scale=1.0))
    return builder.graph()


@pytest.mark.parametrize(
    ("shape", "paddings", "calls"),
    [
        ((1, 80, 80, 3), [(0, 0), (1, 1), (1, 1), (0, 0)], 1),
        ((4, 8, 8, 3), [(0, 0), (0, 0), (0, 0), (0, 5)], 1),
        ((4, 8, 8, 3), [(0, 0), (1, 0), (0, 1), (0, 0)], 4),
        ((1, 8, 8, 3), [(0, 0), (1, 1), (1, 1), (0, 1)], 10),
    ],
    ids=["image", "channels", "images of a batch", "image and channels"],
)
def test_neighbouring_dimensions_are_padded_as_one(
    shape: tuple[int, ...], paddings: list[tuple[int, int]], calls: int
) -> None:
    graph = pad(shape, paddings)
    assert len(support.operator_of(graph.nodes[0]).calls(graph, graph.nodes[0])) == calls


@pytest.mark.parametrize(
    ("shape", "paddings"),
    [
        ((1, 10, 300, 300), [(0, 0), (1, 1), (1, 1), (0, 0)]),
        ((2000, 8, 8), [(1, 1), (1, 1), (1, 1)]),
    ],
    ids=["long rows", "many calls"],
)
def test_paddings_that_do_not_fit_are_unsupported(shape: tuple[int, ...], paddings: list[tuple[int, int]]) -> None:
    graph = pad(shape, paddings)
    assert not padding.rows_fit(graph, graph.nodes[0])
