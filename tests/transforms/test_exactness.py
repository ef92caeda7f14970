"""Rewritten random networks: every output byte stays what TFLM computes from the graph as it was."""

from collections import Counter

import pytest

from lilliput import oracles, tflite, transforms
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import generate, prepare
from lilliput.toolchain import run_host
from lilliput.verification import Outputs
from tests.transforms.rewritable import rewritable_graph
from tests.transforms.test_drop_channels import network as layers_with_constant_channels

EXPRESSIBLE = tuple(transform for transform in transforms.ALL if transform.expressible)
FOUND = {
    "merge_same_padding", "merge_explicit_padding", "remove_identities", "fuse_activations", "merge_elementwise",
    "share_constants", "remove_dead_nodes", "compose_lookups",
}  # fmt: skip
"""The transforms that these networks are made for."""


def changed(rewriting: transforms.Rewriting) -> Counter[str]:
    """How often each transform has found something."""
    return Counter(each.transform for each in rewriting.savings if each.nodes or each.constant_bytes)


@pytest.mark.slow
def test_networks_written_back_give_the_same_bytes_in_tflm(tflm: Oracle) -> None:
    found: Counter[str] = Counter()
    for seed in range(400):
        before = rewritable_graph(seed)
        rewriting = transforms.rewrite(before, EXPRESSIBLE)
        found += changed(rewriting)
        samples = oracles.random_inputs(before, 3, seed)
        graphs = (before, rewriting.graph)
        expected, actual = (oracles.run(tflm, tflite.write(graph), graph, samples) for graph in graphs)
        assert (seed, actual) == (seed, expected)
    assert min(found[name] for name in FOUND & {each.name for each in EXPRESSIBLE}) >= 10


@pytest.mark.slow
def test_rewrites_for_both_contracts_give_the_same_bytes_in_litert(litert: Oracle) -> None:
    chosen = [transform for transform in EXPRESSIBLE if transform.contract == "both"]
    found: Counter[str] = Counter()
    for seed in range(120):
        before = rewritable_graph(seed) if seed % 2 else _convolutions(seed)
        if any(node.operator == "conv_2d" and len(node.inputs) < 3 for node in before.nodes):
            continue  # LiteRT refuses a convolution without bias
        rewriting = transforms.rewrite(before, chosen)
        found += changed(rewriting)
        samples = oracles.random_inputs(before, 3, seed)
        graphs = (before, rewriting.graph)
        expected, actual = (oracles.run(litert, tflite.write(graph), graph, samples) for graph in graphs)
        assert (seed, actual) == (seed, expected)
    assert min(found[name] for name in ("drop_channels", "remove_identities", "fuse_activations")) >= 10


def _convolutions(seed: int) -> Graph:
    """A network with constant channels up to its pooling: the RESHAPE behind that has the channels in its shape."""
    graph = layers_with_constant_channels(seed, between=True)
    return tflite.cut(graph, [node.inputs[0] for node in graph.nodes if node.operator == "reshape"])


@pytest.mark.slow
def test_networks_that_no_file_can_hold_compile_to_the_same_bytes(tflm: Oracle) -> None:
    found: Counter[str] = Counter()
    for seed in range(60):
        before = rewritable_graph(seed)
        found += changed(transforms.rewrite(before))
        samples = oracles.random_inputs(before, 3, seed)
        expected = oracles.run(tflm, tflite.write(before), before, samples)
        assert (seed, compiled(before, samples)) == (seed, expected)
    assert min(found[name] for name in ("merge_explicit_padding", "compose_lookups")) >= 5


def compiled(graph: Graph, samples: Outputs) -> Outputs:
    """What the compiled network gives on this machine."""
    prepared = prepare(graph)
    _, source = generate(prepared, Options(name="case", target="host", plan_seconds=0.1))
    sizes = [tensor.size_bytes for tensor in prepared.select(prepared.outputs)]
    return run_host(source, samples, sizes, toolchain="zig", optimize="size").outputs


def test_every_network_is_sound_before_and_after() -> None:
    found: Counter[str] = Counter()
    for seed in range(150):
        before = rewritable_graph(seed)
        support.check(before)
        rewriting = transforms.rewrite(before)
        support.check(rewriting.graph)
        assert transforms.apply(rewriting.graph) is rewriting.graph
        found += changed(rewriting)
    assert found.keys() >= FOUND


def test_a_transform_that_is_left_out_changes_nothing() -> None:
    for name in FOUND:
        for seed in range(10):
            rewriting = transforms.rewrite(rewritable_graph(seed), transforms.without([name]))
            assert all(name not in node.origin.transforms for node in rewriting.graph.nodes)
