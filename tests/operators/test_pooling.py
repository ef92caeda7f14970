"""AVERAGE_POOL_2D and MAX_POOL_2D: what they refuse."""

from typing import Any

import pytest

from lilliput.errors import ModelError, UnsupportedError
from lilliput.ir import Graph
from lilliput.operators import support
from tests.cases.builder import NONE, VALID, GraphBuilder


def pool(operator: str, out_shape: tuple[int, ...] = (1, 2, 2, 3), out_scale: float = 0.1, **options: int) -> Graph:
    builder = GraphBuilder()
    x = builder.input((1, 4, 4, 3), scale=0.1, zero_point=0)
    out = builder.computed(out_shape, scale=out_scale, zero_point=0)
    geometry = {"padding": VALID, "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
    builder.node(operator, [x], out, **{**geometry, "fused_activation_function": NONE, **options})
    return builder.graph()


POOLS = pytest.mark.parametrize("operator", ["average_pool_2d", "max_pool_2d"])


@POOLS
def test_a_sound_pooling_is_accepted(operator: str) -> None:
    support.check(pool(operator))


@POOLS
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"out_scale": 0.2}, "same scale"),
        ({"filter_width": 0}, "window's height and width"),
        ({"stride_h": 0}, "Strides"),
        ({"fused_activation_function": 4}, "fused activation"),
        ({"out_shape": (1, 12)}, "four dimensions"),
    ],
)
def test_what_kernels_cannot_do_is_refused(operator: str, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        support.check(pool(operator, **change))


@POOLS
@pytest.mark.parametrize("out_shape", [(1, 3, 2, 3), (1, 2, 2, 4), (2, 2, 2, 3)])
def test_an_output_of_another_shape_contradicts_the_window(operator: str, out_shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="must follow from the input"):
        support.check(pool(operator, out_shape))
