"""Profile -> sentences and tables that the terminal and the page share."""

from collections.abc import Iterator
from dataclasses import dataclass

from lilliput.profiling import NodeCost, Profile
from lilliput.profiling.timings import ASSUMPTIONS
from lilliput.reports.column_chart import bar

_SHOWN = 12
"""Functions and lines; those below are a small part of the whole."""
_NAME_CHARACTERS = 40
"""The end of a name tells: converters put all that was fused before it."""
_BAR_CELLS = 12
BAR = "bar"
"""The kind of a column whose cells are shares of the largest one."""


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is "number", "text" or "bar"."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are text."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def sentences(profile: Profile) -> Iterator[str]:
    """What the profile comes to, and how it was made."""
    macs = f"{profile.macs / profile.instructions:.2f} MACs an instruction, " if profile.macs else ""
    share = profile.requantisation_instructions / profile.instructions
    yield f"{profile.instructions:,} instructions an inference, {macs}{share:.1%} of them requantisation"
    target = profile.build.image.target.name
    if profile.cycles is None:
        yield f"no estimate of cycles: the manual of {target} has no timings of instructions"
    else:
        yield (
            f"estimate: {profile.cycles.fewest:,} to {profile.cycles.most:,} cycles, by the manual of {target}, with "
            f"{ASSUMPTIONS}"
        )
    compiler = profile.build.image.compiler
    yield f"{target}, {compiler.version}, {' '.join(compiler.flags)}"


def tables(profile: Profile) -> tuple[Table, ...]:
    """By node, by function and by line."""
    return (_nodes(profile), _functions(profile), _lines(profile))


def _nodes(profile: Profile) -> Table:
    rows = tuple(_node_row(profile, node) for node in profile.nodes if node.instructions)
    columns = ("node", "operator", "name", "kernel", "instructions", "share", "MACs", "MACs each", "requantisation", "")
    kinds = ("number", "text", "text", "text", *("number",) * 5, BAR)
    return Table("Nodes", tuple(map(Column, columns, kinds)), rows)


def _node_row(profile: Profile, node: NodeCost) -> tuple[str, ...]:
    return (
        "" if node.origin is None else str(node.origin),
        node.operator.upper() or "(no node)",
        node.name[-_NAME_CHARACTERS:],
        node.variant,
        f"{node.instructions:,}",
        f"{node.instructions / profile.instructions:.1%}",
        f"{node.macs:,}" if node.macs else "",
        f"{node.macs / node.instructions:.2f}" if node.macs else "",
        f"{node.requantisation_instructions / node.instructions:.1%}" if node.requantisation_instructions else "",
        bar(node.instructions, max(each.instructions for each in profile.nodes), _BAR_CELLS),
    )


def _functions(profile: Profile) -> Table:
    largest = max(each.instructions for each in profile.functions)
    rows = tuple(
        (
            each.name,
            f"{each.instructions:,}",
            f"{each.instructions / profile.instructions:.1%}",
            bar(each.instructions, largest, _BAR_CELLS),
        )
        for each in profile.functions[:_SHOWN]
    )
    columns = (Column("function", "text"), Column("instructions", "number"), Column("share", "number"), Column("", BAR))
    return Table("Functions, wherever they were inlined", columns, rows)


def _lines(profile: Profile) -> Table:
    rows = tuple(
        (
            str(each.line) if each.line else "",
            f"{each.instructions:,}",
            f"{each.instructions / profile.instructions:.1%}",
            each.text or "(other files)",
        )
        for each in profile.lines[:_SHOWN]
    )
    columns = (
        Column("line", "number"),
        Column("instructions", "number"),
        Column("share", "number"),
        Column("source", "text"),
    )
    return Table(f"Lines of {profile.build.source.name}.c", columns, rows)
