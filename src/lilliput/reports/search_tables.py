"""Frontier -> the sentences and tables that the terminal and the page share."""

from collections.abc import Iterator, Sequence

from lilliput.reports.columns import Column
from lilliput.search import Candidate, Frontier
from lilliput.search.work import SCANNED


def sentences(frontier: Frontier) -> Iterator[str]:
    """Which samples gave which number, how long the search was, and what an oracle says."""
    parts, metric = frontier.parts, frontier.metric.name
    yield (
        f"Calibrated on {len(parts.calibration):,} samples of {parts.calibration.source}; searched by {metric} on "
        f"{len(parts.tuning):,} of {parts.tuning.source}; what is told as {metric} is that of {len(parts.report):,} "
        f"of {parts.report.source}, which the search has never seen"
    )
    if frontier.reference is not None:
        yield f"Losses count from the float model, whose {metric} is {frontier.reference.value:.2f}"
    yield (
        f"{len(frontier.tried):,} trials, {len(frontier.measured)} of them linked for "
        f"{frontier.options.build.target} and measured"
    )
    oracles = {each.oracle.title for each in frontier.measured if each.oracle is not None}
    if not oracles:
        yield "Nothing was confirmed: no interpreter is installed (lilliput[oracles])"
    for title in sorted(oracles):
        yield f"exact: all scores on these {len(parts.report):,} samples are the same in {title}"


def candidates(frontier: Frontier) -> Sequence[Column]:
    """Every number of it was measured; the one that was chosen has an arrow."""
    rows, metric = frontier.measured, frontier.metric.name
    return [
        Column("", ["->" if each is frontier.chosen else "" for each in rows]),
        Column("Candidate", [_name(frontier, each) for each in rows], gives_way=True),
        Column(metric, [f"{each.value:.2f}" for each in rows], "right"),
        Column("loss", [f"{each.loss:+.2f}" for each in rows], "right"),
        Column("loss when\ntuning", [f"{each.tuning_loss:+.2f}" for each in rows], "right"),
        Column("flash", [f"{each.flash_bytes:,}" for each in rows], "right"),
        Column("RAM", [f"{each.ram_bytes:,}" for each in rows], "right"),
        Column("instructions", [instructions_text(each) for each in rows], "right"),
    ]


def instructions_text(candidate: Candidate) -> str:
    """Those of one inference, where they were counted."""
    return "uncounted" if candidate.instructions is None else f"{candidate.instructions:,}"


def _name(frontier: Frontier, candidate: Candidate) -> str:
    return candidate.what if candidate in frontier.candidates else f"({candidate.what})"


def layers(frontier: Frontier) -> Sequence[Column]:
    """What each layer, changed alone, loses on the tuning samples."""
    scans = frontier.scans
    return [
        Column("Layer", [str(scan.layer) for scan in scans], "right"),
        Column("changed alone", [scan.operator for scan in scans]),
        Column("weight bytes\nencoded", [f"{scan.options['unchanged'][1]:,}" for scan in scans], "right"),
        *(Column(f"loss at\n{name}", [f"{scan.alone[name].loss:+.2f}" for scan in scans], "right") for name in SCANNED),
    ]
