"""Graphs before and after all transforms, as printed."""

import numpy as np
import pytest

from lilliput import transforms
from lilliput.ir import DType, Graph
from lilliput.ir.printer import print_graph
from tests.cases.builder import GraphBuilder
from tests.golden_files import GoldenFolder


def shape_chain() -> Graph:
    """A RESHAPE to a shape that SHAPE, STRIDED_SLICE and PACK compute, and that the model also returns."""
    builder = GraphBuilder()
    x = builder.input((1, 4, 4, 2), scale=0.5)
    one = [builder.constant([value]) for value in (0, 1, 1)]
    lengths = builder.node("shape", [x], builder.computed((4,), DType.INT32), out_type=2)
    batch = builder.node("strided_slice", [lengths, *one], builder.computed((), DType.INT32), shrink_axis_mask=1)
    rest = builder.constant(32)
    shape = builder.node("pack", [batch, rest], builder.computed((2,), DType.INT32), values_count=2, axis=0)
    flat = builder.node("reshape", [x, shape], builder.computed((1, 32), scale=0.5))
    return builder.graph(flat, shape)


def constant_operands() -> Graph:
    """Data movement on constants only, of which ADD reads the result."""
    builder = GraphBuilder()
    x = builder.input((2, 3), scale=0.5)
    parts = [builder.constant(np.array(values, np.int8), 0.25) for values in ([[1, 2]], [[3, 4]], [[5, 6]])]
    joined = builder.node("concatenation", parts, builder.computed((3, 2), scale=0.25), axis=0)
    turned = builder.node("transpose", [joined, builder.constant([1, 0])], builder.computed((2, 3), scale=0.25))
    builder.node("add", [x, turned], builder.computed((2, 3), scale=1.0), fused_activation_function=0)
    return builder.graph()


def dead_nodes() -> Graph:
    """A branch that no output needs, with an operator that nobody supports, and an input that nobody reads."""
    builder = GraphBuilder()
    x = builder.input((1, 4), scale=0.5)
    builder.input((7,), scale=0.5)
    unknown = builder.node("custom:unknown", [x], builder.computed((2,), DType.INT32))
    y = builder.node("reshape", [x, unknown], builder.computed((4, 1), scale=0.5))
    builder.node("mul", [y, y], builder.computed((4, 1), scale=0.5), fused_activation_function=0)
    return builder.graph(y)


MODELS = {"shape_chain": shape_chain, "constant_operands": constant_operands, "dead_nodes": dead_nodes}
GOLDEN = GoldenFolder("transforms", tuple(f"{name}.txt" for name in MODELS))


@pytest.mark.parametrize("name", MODELS)
def test_transforms_leave_what_the_golden_file_shows(name: str) -> None:
    graph = MODELS[name]()
    GOLDEN.check(f"{name}.txt", f"{print_graph(graph)}\n-->\n\n{print_graph(transforms.apply(graph))}")
