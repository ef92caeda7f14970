"""The byte ledger: every byte in one row, rows in the order in which people look for them."""

from dataclasses import replace

import numpy as np

from lilliput.codegen import Label, Part
from lilliput.footprint import Footprint
from lilliput.footprint.footprint import LabelledRange
from lilliput.ir import DType, Tensor
from lilliput.reports.ledger import ledger, node_bytes
from lilliput.verification import Verification


def test_every_byte_stands_in_one_row(verification: Verification) -> None:
    build = verification.build
    rows = ledger(build)
    assert sum(row.size_bytes for row in rows) == build.footprint.flash_bytes
    for part, size in build.footprint.flash.items():
        assert sum(row.size_bytes for row in rows if row.part is part) == size
    assert len({(row.part, row.name, row.node) for row in rows}) == len(rows)


def test_rows_stand_by_part_then_by_node_then_by_name(verification: Verification) -> None:
    rows = ledger(verification.build)
    parts = list(Part)
    keys = [(parts.index(row.part), -1 if row.node is None else row.node, row.name) for row in rows]
    assert keys == sorted(keys)
    assert [row.node for row in rows if row.name == "weights"] == [0, 1, 2, 5]


def test_rows_name_operators_as_the_file_numbers_them(verification: Verification) -> None:
    """Node 5 of the file may be node 3 of the graph that was built."""
    build = verification.build
    ranges = (LabelledRange(0, 6, Label(Part.WEIGHTS, "bias", 1)), LabelledRange(6, 8, Label(Part.WEIGHTS, "bias", 1)))
    footprint = Footprint(8, ranges, arena_bytes=0, static_bytes=0, stack_bytes=0)
    graph = replace(build.graph, nodes=(build.graph.nodes[0], build.graph.nodes[5]))
    (row,) = ledger(replace(build, footprint=footprint, graph=graph))
    assert (row.part, row.name, row.node, row.size_bytes) == (Part.WEIGHTS, "bias", 5, 8)
    assert node_bytes(replace(build, footprint=footprint, graph=graph), Part.WEIGHTS) == {1: 8}


def test_weights_cost_as_many_bytes_as_they_have(verification: Verification) -> None:
    build = verification.build
    nodes = {label.node for label in build.source.symbols.values() if label.part is Part.WEIGHTS}
    weights = node_bytes(build, Part.WEIGHTS)
    assert set(weights) == nodes
    for index, size in weights.items():
        node = build.graph.nodes[index]
        constants = [tensor for tensor in build.graph.input_tensors(node) if tensor is not None and tensor.is_constant]
        assert size == sum(_narrowed_bytes(tensor) for tensor in constants)


def _narrowed_bytes(tensor: Tensor) -> int:
    """Biases take 16 bits each where all of them fit."""
    narrow = tensor.dtype is DType.INT32 and np.abs(np.asarray(tensor.data)).max() < 1 << 15
    return tensor.elements * 2 if narrow else tensor.size_bytes
