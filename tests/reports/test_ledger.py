"""The byte ledger: every byte in one row, rows in the order in which people look for them."""

from dataclasses import replace

from lilliput.codegen import Label, Part
from lilliput.footprint import Footprint
from lilliput.footprint.footprint import LabelledRange
from lilliput.ir import Node
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
    graph = verification.build.graph
    rows = [row for row in ledger(verification.build) if row.name == "weights"]
    assert [row.size_bytes for row in rows] == [
        graph.input(node, 1).size_bytes for node in graph.nodes if has_weights(node)
    ]


def test_weights_of_a_node_are_its_weights_and_a_bias_that_stands_alone(verification: Verification) -> None:
    rows = [row for row in ledger(verification.build) if row.part is Part.WEIGHTS]
    sums = {node: sum(row.size_bytes for row in rows if row.node == node) for node in {row.node for row in rows}}
    assert node_bytes(verification.build, Part.WEIGHTS) == sums


def has_weights(node: Node) -> bool:
    return node.operator in ("conv_2d", "depthwise_conv_2d", "fully_connected")
