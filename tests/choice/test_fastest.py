"""The fastest implementations: what the core can run, with planes only where both sides agree."""

from typing import ClassVar

import pytest

from lilliput.choice import Implementations, fastest
from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.operators.add import Add
from lilliput.operators.operator import Layout, Operator
from lilliput.operators.relu import Relu
from tests.cases.builder import GraphBuilder

SHAPE = (1, 4, 4, 2)


class DspRelu(Relu):
    variant: ClassVar[str] = "dsp"
    features: ClassVar[frozenset[str]] = frozenset({"dsp"})


class WritesPlanes(DspRelu):
    variant: ClassVar[str] = "writes planes"
    output_layout: ClassVar[Layout] = Layout.PLANES


class ReadsPlanes(DspRelu):
    variant: ClassVar[str] = "reads planes"
    input_layout: ClassVar[Layout] = Layout.PLANES


class NeverApplies(Relu):
    variant: ClassVar[str] = "never"

    def applies(self, graph: Graph, node: Node) -> bool:
        return False


class AddsPlanes(Add):
    variant: ClassVar[str] = "adds planes"
    input_layout: ClassVar[Layout] = Layout.PLANES


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


def test_planes_are_written_where_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    variants_of(monkeypatch, Relu, ReadsPlanes(), WritesPlanes(), DspRelu())
    assert chosen(chain(2)) == ["writes planes", "reads planes"]


def test_graph_inputs_and_outputs_are_no_planes(monkeypatch: pytest.MonkeyPatch) -> None:
    variants_of(monkeypatch, Relu, ReadsPlanes(), WritesPlanes(), DspRelu())
    assert chosen(chain(1)) == ["dsp"]


def test_a_node_that_cannot_have_planes_on_both_sides_keeps_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    variants_of(monkeypatch, Relu, ReadsPlanes(), WritesPlanes(), DspRelu())
    assert chosen(chain(3)) == ["dsp", "dsp", "dsp"]


def test_planes_that_meet_pixels_in_one_node_become_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    variants_of(monkeypatch, Relu, WritesPlanes(), DspRelu())
    variants_of(monkeypatch, Add, AddsPlanes())
    builder = GraphBuilder()
    image = builder.input(SHAPE, scale=0.5)
    rectified = builder.node("relu", (image,), builder.computed(SHAPE, scale=0.5))
    builder.node("add", (rectified, image), builder.computed(SHAPE, scale=1.0))
    assert chosen(builder.graph()) == ["dsp", "portable"]


def test_the_host_runs_only_what_needs_no_features(monkeypatch: pytest.MonkeyPatch) -> None:
    variants_of(monkeypatch, Relu, DspRelu())
    assert not fastest(chain(1), frozenset({"dsp"})).run_on(frozenset())
    assert fastest(chain(1), frozenset()).run_on(frozenset())
