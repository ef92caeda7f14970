"""The transforms as a whole: which run, what they say they saved, and that running them again finds nothing."""

from pathlib import Path

import pytest

from lilliput import transforms
from lilliput.errors import UsageError
from lilliput.operators import support
from tests.transforms.test_drop_channels import network
from tests.transforms.test_goldens import MODELS


def test_every_transform_has_a_name_of_its_own_and_a_sentence() -> None:
    names = [transform.name for transform in transforms.ALL]
    assert len(set(names)) == len(names)
    assert all(transform.description.endswith(".") for transform in transforms.ALL)


def test_the_page_on_rewrites_lists_all_in_their_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "exact-rewrites.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    contracts, answers = {"both": "both", "tflm": "TFLM"}, {True: "yes", False: "no"}
    assert [(row[0].strip("`"), *row[2:]) for row in rows] == [
        (each.name, contracts[each.contract], answers[each.expressible]) for each in transforms.ALL
    ]


def test_a_transform_that_is_left_out_saves_nothing() -> None:
    graph = network(0)
    kept = transforms.rewrite(graph, transforms.without(["drop_channels", "drop_rounded_channels"]))
    assert "drop_channels" not in [saving.transform for saving in kept.savings]
    assert kept.graph.output(kept.graph.nodes[0]).shape == graph.output(graph.nodes[0]).shape


def test_a_wrong_name_gets_the_names_that_are_near() -> None:
    with pytest.raises(UsageError, match="drop-chanels") as error:
        transforms.without(["fold_constants", "drop-chanels"])
    assert "drop_channels" in error.value.advice


def test_savings_add_up_to_what_the_graphs_differ_by() -> None:
    graph = network(0)
    rewriting = transforms.rewrite(graph)

    def macs(nodes: transforms.Rewriting) -> int:
        return sum(support.operator_of(node).macs(nodes.graph, node) for node in nodes.graph.nodes)

    saved = macs(transforms.Rewriting(graph, ())) - macs(rewriting)
    assert sum(saving.macs for saving in rewriting.savings) == saved > 0
    assert {saving.transform: saving.macs for saving in rewriting.savings}["drop_channels"] > 0


@pytest.mark.parametrize("name", MODELS)
def test_a_rewritten_graph_has_nothing_left_to_rewrite(name: str) -> None:
    once = transforms.apply(MODELS[name]())
    assert transforms.apply(once) is once
