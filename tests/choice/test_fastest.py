"""The fastest implementations: the first ones that apply and that the core can run."""

from typing import ClassVar

import pytest

from lilliput.choice import Implementations, fastest
from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.operators.operator import Operator
from lilliput.operators.relu import Relu
from tests.cases.builder import GraphBuilder

SHAPE = (1, 4, 4, 2)


class DspRelu(Relu):
    variant: ClassVar[str] = "dsp"
    features: ClassVar[frozenset[str]] = frozenset({"dsp"})


class NeverApplies(Relu):
    variant: ClassVar[str] = "never"

    def applies(self, graph: Graph, node: Node) -> bool:
        return False


def variants_of(monkeypatch: pytest.MonkeyPatch, operator: type[Operator], *variants: Operator) -> None:
    monkeypatch.setattr(operator, "variants", variants)


def chain(count: int) -> Graph:
    builder = GraphBuilder()
    tensor = builder.input(SHAPE, scale=0.5)
    for _ in range(count):
        tensor = builder.node("relu", (tensor,), builder.computed(SHAPE, scale=0.5))
    return builder.graph()


def chosen(graph: Graph, features: frozenset[str] = frozenset({"dsp"})) -> list[str]:
    found = fastest(graph, features)
    return [found(node).variant for node in graph.nodes]


def test_without_variants_every_node_gets_the_portable_implementation() -> None:
    graph = chain(2)
    assert [Implementations()(node) for node in graph.nodes] == [support.operator_of(node) for node in graph.nodes]


def test_the_first_variant_that_applies_and_that_the_core_can_run_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    variants_of(monkeypatch, Relu, NeverApplies(), DspRelu())
    assert chosen(chain(2)) == ["dsp", "dsp"]
    assert chosen(chain(2), frozenset()) == ["portable", "portable"]


def test_operators_that_are_not_named_keep_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    variants_of(monkeypatch, Relu, DspRelu())
    found = fastest(chain(1), frozenset({"dsp"}), ("conv_2d",))
    assert found(chain(1).nodes[0]).variant == "portable"


def test_the_host_runs_only_what_needs_no_features(monkeypatch: pytest.MonkeyPatch) -> None:
    variants_of(monkeypatch, Relu, DspRelu())
    assert not fastest(chain(1), frozenset({"dsp"})).run_on(frozenset())
    assert fastest(chain(1), frozenset()).run_on(frozenset())
