"""Kernels on blocks of channels and pixels: the bytes of the portable ones, on every core that they are made for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator

from lilliput import targets
from lilliput.choice import Implementations
from lilliput.codegen import CSource
from lilliput.ir import DType, Graph, Node
from lilliput.operators import support
from lilliput.operators.operator import Operator
from lilliput.options import Options
from lilliput.pipeline import generate
from lilliput.toolchain import build_image, emulate, run_host
from tests.cases.draw import chance, pick
from tests.cases.random_cases import random_case
from tests.cases.random_graphs import random_graph
from tests.cases.side_by_side import side_by_side

CASES = 16
NETWORKS = 4
VARIANTS = {
    "cortex-m0plus": ("thumb1", "thumb1, packed", "blocked"), "cortex-m3": ("blocked",), "rv32imc": ("blocked",),
    "host": ("blocked",),
}  # fmt: skip
"""Target -> the variants that it shall run; the host does so under sanitizers."""
LAYERS = ("conv_2d", "depthwise_conv_2d", "fully_connected")


def variant_of(graph: Graph, node: Node, names: tuple[str, ...]) -> Operator | None:
    """The variant with one of the names that can compute the node."""
    variants = support.operator_of(node).variants
    return next((each for each in variants if each.variant in names and each.applies(graph, node)), None)


def without_the_lowest_weight(graph: Graph, rng: Generator) -> Graph:
    """The graph with -127 for all weights of -128; in some, all weights are as large as they can be."""
    extreme = chance(rng, 0.15)

    def changed(data: np.ndarray) -> np.ndarray:
        found = np.where(data < 0, -127, 127) if extreme else np.maximum(data, -127)
        found = found.astype(np.int8)
        found.setflags(write=False)
        return found

    return replace(
        graph,
        tensors=tuple(
            replace(tensor, data=changed(tensor.data))
            if tensor.data is not None and tensor.dtype is DType.INT8
            else tensor
            for tensor in graph.tensors
        ),
    )


def cases(make: Callable[[int], Graph], names: tuple[str, ...], wanted: int) -> Iterator[Graph]:
    """Random graphs some of whose layers have a variant with one of the names."""

    def drawn() -> Iterator[Graph]:
        for seed in count():
            graph = without_the_lowest_weight(make(seed), np.random.Generator(np.random.PCG64(seed)))
            nodes = [node for node in graph.nodes if node.operator in LAYERS]
            if nodes and any(variant_of(graph, node, names) for node in nodes):
                yield graph

    return islice(drawn(), wanted)


def chosen(graph: Graph, names: tuple[str, ...]) -> Implementations:
    found = {node.outputs: variant_of(graph, node, names) for node in graph.nodes}
    return Implementations({outputs: each for outputs, each in found.items() if each is not None})


def inputs_of(graph: Graph, rng: Generator) -> list[bytes]:
    """Random bytes, in some inputs only the largest and the smallest."""
    return [
        (
            pick(rng, (rng.choice((-128, 127), tensor.elements), np.full(tensor.elements, pick(rng, (-128, 127)))))
            .astype(np.int8)
            .tobytes()
            if chance(rng, 0.3)
            else rng.bytes(tensor.size_bytes)
        )
        for tensor in graph.select(graph.inputs)
    ]


def source_of(graph: Graph, implementations: Implementations) -> CSource:
    options = Options(name="blocked", plan_seconds=0.1)
    return generate(graph, options, implementations)[1]


def check(graphs: list[Graph], target: str, folder: Path) -> None:
    """Compare the outputs of all graphs in the emulated target with those of portable kernels on the host."""
    graph = side_by_side(graphs)
    implementations = chosen(graph, VARIANTS[target])
    assert implementations.chosen
    values = [inputs_of(graph, np.random.Generator(np.random.PCG64(seed))) for seed in range(2)]
    sizes = [tensor.size_bytes for tensor in graph.select(graph.outputs)]
    portable = source_of(graph, Implementations())
    expected = run_host(portable, values, sizes, toolchain="zig", optimize="size").outputs
    source = source_of(graph, implementations)
    if target == "host":
        actual = run_host(source, values, sizes, toolchain="zig", optimize="size", sanitize=True).outputs
    else:
        image = build_image(source, targets.find(target), toolchain="zig", optimize="speed", directory=folder)
        actual = emulate(image, values, sizes).outputs
    differences = [
        (graph.tensors[index].name, position)
        for position, (got, want) in enumerate(zip(actual, expected, strict=True))
        for index, ours, theirs in zip(graph.outputs, got, want, strict=True)
        if ours != theirs
    ]
    assert differences == []


@pytest.mark.usefixtures("host_gcc")
@pytest.mark.parametrize("target", VARIANTS)
@pytest.mark.parametrize("operator", LAYERS)
def test_variants_give_the_bytes_of_the_portable_kernel(operator: str, target: str, tmp_path: Path) -> None:
    check(list(cases(lambda seed: random_case(operator, seed), VARIANTS[target], CASES)), target, tmp_path)


@pytest.mark.usefixtures("host_gcc")
@pytest.mark.parametrize("target", ["cortex-m0plus", "host"])
def test_variants_find_their_rows_in_rings(target: str, tmp_path: Path) -> None:
    check(list(cases(lambda seed: random_graph(3 * seed + 1), VARIANTS[target], NETWORKS)), target, tmp_path)
