from dataclasses import replace

from lilliput.ir import DType, Graph
from lilliput.ir.checker import check
from lilliput.transforms.remove_dead_nodes import remove_dead_nodes
from tests.cases.builder import GraphBuilder


def names(graph: Graph) -> list[str]:
    return [tensor.name for tensor in graph.tensors]


def test_tensors_keep_their_order_and_their_place_in_the_file() -> None:
    builder = GraphBuilder()
    builder.constant([1])
    x = builder.input((4,), scale=1.0)
    builder.node("relu", [x], builder.computed((4,), scale=1.0))
    y = builder.node("relu", [x], builder.computed((4,), scale=1.0))
    graph = remove_dead_nodes(builder.graph(y))
    check(graph)
    assert names(graph) == ["t1", "t3"]
    assert [tensor.origin.index for tensor in graph.tensors] == [1, 3]
    assert [node.origin.index for node in graph.nodes] == [1]
    assert (graph.inputs, graph.outputs, graph.nodes[0].outputs) == ((0,), (1,), (1,))


def test_all_outputs_of_a_node_stay_when_one_is_needed() -> None:
    builder = GraphBuilder()
    parts = [builder.computed((2,)) for _ in range(2)]
    builder.node("split", [builder.constant(0), builder.input((4,))], parts, num_splits=2)
    graph = remove_dead_nodes(builder.graph(parts[1]))
    check(graph)
    assert len(graph.tensors) == 4


def test_a_node_without_outputs_stays_with_what_it_reads() -> None:
    builder = GraphBuilder()
    x = builder.input((4,))
    y = builder.node("relu", [x], builder.computed((4,)))
    builder.node("assign_variable", [y], builder.computed((4,)))
    graph = builder.graph(x)
    writer = replace(graph.nodes[1], outputs=())
    graph = remove_dead_nodes(replace(graph, nodes=(graph.nodes[0], writer)))
    assert [node.operator for node in graph.nodes] == ["relu", "assign_variable"]


def test_an_absent_input_stays_absent() -> None:
    builder = GraphBuilder()
    x = builder.input((1, 4), scale=1.0)
    builder.node("fully_connected", [x, builder.constant([[1, 2, 3, 4]]), -1], builder.computed((1, 1), scale=1.0))
    assert remove_dead_nodes(builder.graph()).nodes[0].inputs == (0, 1, -1)


def test_a_reshape_drops_its_shape_and_says_so() -> None:
    builder = GraphBuilder()
    x = builder.input((4,), scale=1.0)
    shape = builder.node("custom:unknown", [x], builder.computed((2,), DType.INT32))
    builder.node("reshape", [x, shape], builder.computed((2, 2), scale=1.0))
    graph = remove_dead_nodes(builder.graph())
    assert [node.operator for node in graph.nodes] == ["reshape"]
    assert graph.nodes[0].inputs == (0,)
    assert graph.nodes[0].origin.transforms == ("remove_dead_nodes",)


def test_a_graph_without_dead_nodes_stays_equal() -> None:
    builder = GraphBuilder()
    builder.node("relu", [builder.input((4,))], builder.computed((4,)))
    graph = builder.graph()
    cleaned = remove_dead_nodes(graph)
    assert cleaned.tensors == graph.tensors
    assert [node.inputs for node in cleaned.nodes] == [node.inputs for node in graph.nodes]
