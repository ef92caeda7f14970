"""Profiles: their parts add up to what the emulator counts, and every instruction has a place."""

import tempfile
from pathlib import Path

import pytest

from lilliput import tflite
from lilliput.errors import UsageError
from lilliput.options import Options
from lilliput.oracles import random_inputs
from lilliput.pipeline import build
from lilliput.profiling import Frame, Profile, profile
from lilliput.toolchain import emulate
from tests.cli.command import DIGITS

GRAPH = tflite.read(DIGITS)


@pytest.fixture(scope="module")
def digits() -> Profile:
    return profile(GRAPH, Options(target="cortex-m4"))


def test_counting_by_address_gives_the_instructions_of_every_node() -> None:
    inputs = random_inputs(GRAPH, 1, 0)
    with tempfile.TemporaryDirectory() as folder:
        built = build(GRAPH, Options(target="cortex-m4"), Path(folder))
        sizes = [tensor.size_bytes for tensor in built.graph.select(built.graph.outputs)]
        plain, counted = (emulate(built.image, inputs, sizes, by_address=each) for each in (False, True))
    assert plain.executions is None
    assert counted.executions is not None
    assert counted.node_instructions == plain.node_instructions
    assert {node: int(each.sum()) for node, each in counted.executions.by_node.items()} == plain.node_instructions


def test_an_inference_on_the_same_inputs_takes_as_many_instructions_again() -> None:
    inputs = random_inputs(GRAPH, 1, 0)
    with tempfile.TemporaryDirectory() as folder:
        built = build(GRAPH, Options(target="cortex-m4"), Path(folder))
        sizes = [tensor.size_bytes for tensor in built.graph.select(built.graph.outputs)]
        run = emulate(built.image, inputs * 2, sizes, by_address=True)
    assert run.executions is not None
    assert int(run.executions.total.sum()) == run.instructions


@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m7", "rv32imc"])
def test_nodes_functions_and_lines_add_up_on_every_kind_of_core(target: str) -> None:
    found = profile(GRAPH, Options(target=target))
    for costs in (found.nodes, found.functions, found.lines):
        assert sum(cost.instructions for cost in costs) == found.instructions


def test_a_frame_has_at_least_what_its_children_have(digits: Profile) -> None:
    def check(frame: Frame) -> None:
        assert frame.instructions >= sum(child.instructions for child in frame.children.values())
        for child in frame.children.values():
            check(child)

    assert digits.flame.instructions == digits.instructions
    check(digits.flame)


def test_the_flame_has_the_nodes_in_the_order_of_the_model(digits: Profile) -> None:
    expected = [
        f"{node.origin} {node.operator.upper()}" for node in digits.nodes if node.instructions and node.operator
    ]
    assert [name for name in digits.flame.children if name != "no node"] == expected


def test_the_line_of_the_multiplications_is_among_the_hottest(digits: Profile) -> None:
    source = digits.build.source.source.splitlines()
    assert any("*" in each.text and each.text == source[each.line - 1].strip() for each in digits.lines[:5])


@pytest.mark.usefixtures("arm_gcc")
def test_what_specialised_copies_execute_counts_as_the_function() -> None:
    found = profile(GRAPH, Options(target="cortex-m4", toolchain="gcc", optimize="speed"))
    assert not [each.name for each in found.functions if "." in each.name]


def test_requantisation_is_a_part_of_each_node(digits: Profile) -> None:
    layers = [node for node in digits.nodes if node.operator == "conv_2d"]
    assert layers
    assert all(0 < node.requantisation_instructions < node.instructions for node in layers)


def test_the_host_is_not_profiled() -> None:
    with pytest.raises(UsageError, match="not emulated"):
        profile(GRAPH, Options(target="host"))
