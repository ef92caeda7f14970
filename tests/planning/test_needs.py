"""What the planner sees of implementations."""

from lilliput.operators import support
from lilliput.planning import needs
from tests.cases.random_cases import random_case
from tests.encodings.encoded import encoded


def test_encoding_a_matrix_changes_nothing_that_planning_sees() -> None:
    graphs = [random_case("fully_connected", seed) for seed in range(40)]
    chosen = [(graph, encoded(graph)) for graph in graphs]
    changed = [(graph, each) for graph, each in chosen if each.chosen]
    assert changed
    assert all(needs(graph, each) == needs(graph, support.operator_of) for graph, each in changed)


def test_encoding_a_convolution_needs_scratch_memory() -> None:
    graphs = [random_case("conv_2d", seed) for seed in range(10)]
    changed = [(graph, each) for graph in graphs if (each := encoded(graph)).chosen]
    assert changed
    assert all(needs(graph, each) != needs(graph, support.operator_of) for graph, each in changed)
