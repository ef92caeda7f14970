import numpy as np
import pytest
from numpy.typing import NDArray

from lilliput.errors import InvariantError
from lilliput.ir import DType, Graph
from lilliput.operators.shape import Shape
from lilliput.transforms.fold_constants import fold_constants
from tests.cases.builder import GraphBuilder

MEBI = 1 << 20


def values(graph: Graph, tensor: int) -> list[int] | None:
    data = graph.tensors[tensor].data
    return None if data is None else data.ravel().tolist()


def test_a_slice_with_a_negative_stride_folds_backwards() -> None:
    builder = GraphBuilder()
    source = builder.constant([[1, 2, 3], [4, 5, 6]])
    bounds = [builder.constant(each) for each in ([1, 2], [0, 0], [1, -2])]
    out = builder.computed((1, 2), DType.INT32)
    folded = fold_constants(
        builder.graph(builder.node("strided_slice", [source, *bounds], out, begin_mask=0, end_mask=3))
    )
    assert not folded.nodes
    assert values(folded, out) == [6, 4]


def test_a_slice_may_remove_the_last_element_of_a_dimension() -> None:
    builder = GraphBuilder()
    source = builder.constant([7, 8, 9])
    bounds = [builder.constant([each]) for each in (-1, 0, 1)]
    out = builder.computed((), DType.INT32)
    folded = fold_constants(builder.graph(builder.node("strided_slice", [source, *bounds], out, shrink_axis_mask=1)))
    assert values(folded, out) == [9]
    assert folded.tensors[out].shape == ()


def test_the_parts_of_a_constant_fold() -> None:
    builder = GraphBuilder()
    source = builder.constant([[1, 2, 3, 4]])
    outputs = [builder.computed((1, 2), DType.INT32) for _ in range(2)]
    builder.node("split", [builder.constant(1), source], outputs, num_splits=2)
    folded = fold_constants(builder.graph(*outputs))
    assert [values(folded, out) for out in outputs] == [[1, 2], [3, 4]]


def test_what_depends_on_an_input_stays() -> None:
    builder = GraphBuilder()
    x = builder.input((2,), DType.INT32)
    out = builder.computed((2, 2), DType.INT32)
    builder.node("pack", [x, builder.constant([1, 2])], out, values_count=2, axis=0)
    graph = builder.graph()
    assert fold_constants(graph) is graph


def test_a_node_that_contradicts_itself_stays_for_the_error_to_name() -> None:
    builder = GraphBuilder()
    builder.node("reshape", [builder.constant([1, 2, 3])], builder.computed((2,), DType.INT32))
    graph = builder.graph()
    assert fold_constants(graph) is graph


def test_a_folded_value_of_another_shape_is_our_own_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def fold(*_: object) -> tuple[NDArray[np.int32]]:
        return (np.zeros(1, np.int32),)

    monkeypatch.setattr(Shape, "fold", fold)
    builder = GraphBuilder()
    builder.node("shape", [builder.input((2, 3))], builder.computed((2,), DType.INT32))
    with pytest.raises(InvariantError, match="folded"):
        fold_constants(builder.graph())


def test_a_chain_that_doubles_a_constant_folds_within_the_budget_only() -> None:
    builder = GraphBuilder()
    value = builder.constant(np.zeros(MEBI, np.int8))
    for doublings in range(1, 11):
        value = builder.node("concatenation", [value] * 2, builder.computed((MEBI << doublings,)), axis=0)
    folded = fold_constants(builder.graph())
    constants = [tensor.size_bytes for tensor in folded.tensors if tensor.data is not None]
    assert len(folded.nodes) == 5
    assert sum(constants) <= 65 * MEBI


def test_a_very_long_chain_ends_unfolded() -> None:
    builder = GraphBuilder()
    value = builder.constant([1, 2])
    for _ in range(100):
        value = builder.node("reshape", [value], builder.computed((2,), DType.INT32))
    assert len(fold_constants(builder.graph()).nodes) == 36
