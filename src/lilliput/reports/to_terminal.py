"""Results -> tables for people."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lilliput.choice import Slowdown
from lilliput.codegen import Part
from lilliput.pipeline import Build
from lilliput.reports.encoded_weights import encoded_weights
from lilliput.reports.ledger import Row, ledger, node_bytes
from lilliput.transforms import Saving
from lilliput.verification import Verification


def _console() -> Console:
    return Console(highlight=False)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        numeric = column in (
            "bytes",
            "dense",
            "share",
            "weights",
            "MACs",
            "instructions",
            "per MAC",
            "node",
            "differ",
            "compared",
            "nodes",
            "constant bytes",
        )
        table.add_column(column, justify="right" if numeric else "left", no_wrap=numeric)
    return table


def print_build(build: Build, output: Path) -> None:
    """The byte ledger of a build, and where its files are."""
    console, footprint = _console(), build.footprint
    if any(map(_saves, build.savings)):
        console.print(_rewrites_table(build))
    if build.slowdown is not None:
        console.print(_encoded_table(build, build.slowdown))
    console.print(_ledger_table(build))
    console.print(_ram_table(build))
    compiler = build.image.compiler
    flags = " ".join(compiler.flags)
    _print_sentence(console, f"{build.image.target.name}, {compiler.version}, {flags}", "dim")
    _print_warnings(console, build)
    name = build.source.name
    _print_sentence(
        console,
        f"{output}: {name}.h, {name}.c, example_main.c, {name}.elf: "
        f"{footprint.flash_bytes:,} bytes of flash, {footprint.ram_bytes:,} bytes of RAM",
        "bold",
    )


def _print_sentence(console: Console, sentence: str, style: str = "") -> None:
    """Print text that only a terminal itself breaks into lines."""
    console.print(sentence, style=style, markup=False, soft_wrap=True)


def _ledger_table(build: Build) -> Table:
    total = build.footprint.flash_bytes
    table = _table("Flash", "part", "what", "node", "bytes", "share")
    for part in Part:
        rows = [row for row in ledger(build) if row.part is part]
        size = sum(row.size_bytes for row in rows)
        table.add_row(part.value, "", "", f"{size:,}", f"{size / total:.1%}", style="bold")
        for row in _shown(part, rows):
            node = "" if row.node is None else str(row.node)
            table.add_row("", Text(row.name), node, f"{row.size_bytes:,}", f"{row.size_bytes / total:.1%}")
    table.add_row("total", "", "", f"{total:,}", "100.0%", style="bold")
    return table


def _saves(saving: Saving) -> bool:
    return bool(saving.nodes or saving.constant_bytes or saving.macs)


def _rewrites_table(build: Build) -> Table:
    table = _table("Saved by exact rewrites", "transform", "nodes", "constant bytes", "MACs")
    for each in filter(_saves, build.savings):
        table.add_row(each.transform, f"{each.nodes:,}", f"{each.constant_bytes:,}", f"{each.macs:,}")
    return table


def _encoded_table(build: Build, slowdown: Slowdown) -> Table:
    how = "measured" if slowdown.measured else "predicted"
    title = f"Encoded weights, {slowdown.factor:.2f} times the instructions of dense ones ({how})"
    table = _table(title, "node", "operator", "encoding", "dense", "bytes")
    rows = encoded_weights(build)
    for row in rows:
        node = row.node
        cells = (str(node.origin.index), node.operator.upper(), row.encoding)
        table.add_row(*cells, f"{row.dense_bytes:,}", f"{row.encoded_bytes:,}")
    dense, encoded = sum(row.dense_bytes for row in rows), sum(row.encoded_bytes for row in rows)
    table.add_row("", "total", "", f"{dense:,}", f"{encoded:,}", style="bold")
    return table


def _shown(part: Part, rows: Iterable[Row]) -> Iterable[Row]:
    """The rows as a person wants them: what a node pays for in one line a node."""
    if part not in (Part.WEIGHTS, Part.TABLES):
        return rows if part is not Part.PADDING else ()
    merged: dict[int | None, Row] = {}
    for row in rows:
        before = merged.get(row.node)
        merged[row.node] = (
            row
            if before is None
            else Row(part, f"{before.name}, {row.name}", row.node, before.size_bytes + row.size_bytes)
        )
    return merged.values()


def _ram_table(build: Build) -> Table:
    footprint, plan = build.footprint, build.plan
    bound = (
        "as small as these lifetimes allow"
        if plan.arena_bytes == plan.lower_bound_bytes
        else f"proven to need at least {plan.lower_bound_bytes:,}"
    )
    table = _table("RAM", "part", "what", "bytes")
    table.add_row("arena", bound, f"{footprint.arena_bytes:,}")
    table.add_row("static", "other data", f"{footprint.static_bytes:,}")
    table.add_row("stack", "deepest, from the call graph", f"{footprint.stack_bytes:,}")
    table.add_row("total", "", f"{footprint.ram_bytes:,}", style="bold")
    return table


def _print_warnings(console: Console, build: Build) -> None:
    for warning in build.graph.source.warnings:
        _print_sentence(console, f"warning: {warning}", "yellow")


def print_verification(verification: Verification) -> None:
    """Whether the compiled code gives the oracle's bytes, and what an inference costs."""
    console, build = _console(), verification.build
    if verification.run is not None:
        console.print(_node_table(verification))
    console.print(_comparison_table(verification))
    _print_warnings(console, build)
    for note in verification.notes:
        _print_sentence(console, f"note: {note}", "yellow")
    for each in verification.disagreements:
        if each.differing_bytes:
            place = "" if each.first_node is None else f", first at operator {each.first_node}"
            _print_sentence(
                console,
                f"note: {each.oracle.title} differs from {verification.oracle.title} in {each.differing_bytes:,} of "
                f"{each.compared_bytes:,} output bytes{place}",
                "yellow",
            )
    _print_verdict(console, verification)


def _node_table(verification: Verification) -> Table:
    build, run = verification.build, verification.run
    weights = node_bytes(build, Part.WEIGHTS)
    from lilliput.operators.support import operator_of

    table = _table("Nodes", "node", "operator", "name", "weights", "MACs", "instructions", "per MAC")
    for index, node in enumerate(build.graph.nodes):
        macs = operator_of(node).macs(build.graph, node)
        spent = 0 if run is None else run.node_instructions.get(index, 0)
        table.add_row(
            str(node.origin.index),
            node.operator.upper(),
            Text(node.origin.name[-40:], no_wrap=True),
            f"{weights.get(index, 0):,}",
            f"{macs:,}",
            f"{spent:,}",
            f"{spent / macs:.2f}" if macs else "",
        )
    return table


def _comparison_table(verification: Verification) -> Table:
    table = _table(
        f"Against {verification.oracle.title} {verification.oracle.version}", "what", "where", "compared", "differ"
    )
    for each in verification.comparisons:
        table.add_row(each.what, each.where, f"{each.compared_bytes:,}", f"{each.mismatched_bytes:,}")
    return table


def _print_verdict(console: Console, verification: Verification) -> None:
    build, run, mismatch = verification.build, verification.run, verification.first_mismatch
    if run is not None:
        _print_sentence(
            console,
            f"{build.image.target.name}: {run.instructions:,} instructions an inference, {run.stack_bytes:,} bytes of "
            f"stack used ({build.footprint.stack_bytes:,} proven enough), {build.footprint.flash_bytes:,} bytes of "
            f"flash, {build.footprint.ram_bytes:,} bytes of RAM",
        )
    if mismatch is None:
        _print_sentence(console, f"exact: no byte differs over {verification.inputs} inputs", "bold green")
        return
    place = "the outputs" if mismatch.node is None else f"operator {mismatch.node} {mismatch.operator.upper()}"
    _print_sentence(
        console,
        f"NOT exact: {verification.mismatched_bytes:,} bytes differ; first on {mismatch.where}, {place}, input "
        f"{mismatch.input_set}, byte {mismatch.index}: {mismatch.actual} instead of {mismatch.expected}",
        "bold red",
    )
