"""Shrunk -> text for people."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from lilliput.reports.columns import Column, table_lines
from lilliput.shrink.shrunk import Check, Proof, Shrunk
from lilliput.transforms import Saving


def print_shrunk(shrunk: Shrunk, output: str, console: Console) -> None:
    """What each rewrite saved, the model before and after, the proof, and what was written where."""
    if rows := [each for each in shrunk.savings if each.channels or each.nodes or each.constant_bytes or each.macs]:
        _print_table(_savings(rows), console)
    _print_table(_sizes(shrunk), console)
    for note in shrunk.notes:
        console.print(f"note: {note}", style="yellow", markup=False, soft_wrap=True)
    for text, style in _sentences(shrunk.proof):
        console.print(text, style=style, markup=False, soft_wrap=True)
    what = "the original, which could not be made smaller" if shrunk.proof is None else f"{len(shrunk.data):,} bytes"
    console.print(f"Written to {output}: {what}", style="bold", markup=False, soft_wrap=True)


def _savings(rows: Sequence[Saving]) -> Sequence[Column]:
    def numbers(heading: str, saved: Sequence[int]) -> Column:
        return Column(heading, [f"{each:,}" for each in saved], "right", f"{sum(saved):,}")

    return [
        Column("Saved by", [each.transform for each in rows], total="together"),
        numbers("channels", [each.channels for each in rows]),
        numbers("nodes", [each.nodes for each in rows]),
        numbers("constant bytes", [each.constant_bytes for each in rows]),
        numbers("MACs", [each.macs for each in rows]),
    ]


def _sizes(shrunk: Shrunk) -> Sequence[Column]:
    before, after = shrunk.before, shrunk.after
    rows = (
        ("constants in the file", before.constant_bytes, after.constant_bytes),
        ("everything else in it", before.file_bytes - before.constant_bytes, after.file_bytes - after.constant_bytes),
        ("file", before.file_bytes, after.file_bytes),
        ("TFLM's arena, reference kernels", before.arena_bytes, after.arena_bytes),
    )
    return [
        Column("Bytes", [name for name, _, _ in rows]),
        Column("before", [f"{old:,}" for _, old, _ in rows], "right"),
        Column("after", [f"{new:,}" for _, _, new in rows], "right"),
        Column("", [f"{new / old - 1:+.1%}" if old else "" for _, old, new in rows], "right"),
    ]


def _sentences(proof: Proof | None) -> Iterator[tuple[str, str]]:
    """Sentences with their styles."""
    if proof is None:
        return
    for refusal in proof.refusals:
        yield f"note: {refusal}", "yellow"
    for check in proof.checks:
        if check.failed:
            yield f"note: {check.oracle.title} does not compute the same: {_difference(check)}", "yellow"
    failed = {check.oracle.name for check in proof.checks if check.failed}
    same = [check for check in proof.checks if check.oracle.name not in failed]
    if not same:
        yield "Nothing was proven: no interpreter that is installed takes the model (lilliput[oracles])", "bold yellow"
        return
    titles = " and ".join(dict.fromkeys(check.oracle.title for check in same))
    compared = " and ".join(dict.fromkeys(check.what for check in same))
    yield f"exact: no byte differs over {proof.inputs} random inputs in {titles}: {compared}", "bold green"


def _difference(check: Check) -> str:
    return check.refusal or f"{check.differing_bytes:,} of {check.compared_bytes:,} bytes differ, {check.what}"


def _print_table(columns: Sequence[Column], console: Console) -> None:
    for line in table_lines(columns, console.width):
        console.print(line, soft_wrap=True)
    console.print()
