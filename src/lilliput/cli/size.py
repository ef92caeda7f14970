"""`lilliput size`: where the bytes of any firmware go, what changed, and what would go away."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from lilliput import api, extras
from lilliput.cli import size_options as given
from lilliput.cli.progress import progress_bar
from lilliput.errors import UsageError
from lilliput.output import write_files

if TYPE_CHECKING:
    from lilliput.firmware.report import SizeReport
    from lilliput.firmware.snapshot import Snapshot
    from lilliput.reports.size_tables import View

    Output = Callable[[SizeReport, View], None]

_WIDTH_IN_A_PIPE = 120


def size_command(
    firmware: given.FirmwareArgument = None,
    map_file: given.MapOption = None,
    binary: given.BinOption = None,
    flash: given.FlashOption = None,
    ram: given.RamOption = None,
    rules: given.RulesOption = None,
    sections: given.SectionsOption = False,
    archives: given.ArchivesOption = False,
    objects: given.ObjectsOption = False,
    symbols: given.SymbolsOption = False,
    top: given.TopOption = 20,
    extract_model: given.ExtractModelOption = None,
    functions: given.FunctionsOption = False,
    lines: given.LinesOption = False,
    inlined: given.InlinedOption = False,
    source: given.SourceOption = None,
    source_folders: given.SourceFolderOption = None,
    retained: given.RetainedOption = False,
    without: given.WithoutOption = None,
    why: given.WhyOption = None,
    stack: given.StackOption = False,
    entries: given.EntryOption = None,
    su: given.SuOption = None,
    diff: given.DiffOption = None,
    diff_map: given.DiffMapOption = None,
    diff_recorded: given.DiffRecordedOption = None,
    budget: given.BudgetOption = None,
    record: given.RecordOption = False,
    history: given.HistoryOption = False,
    database: given.DatabaseOption = "lilliput.sqlite",
    commit: given.CommitOption = None,
    branch: given.BranchOption = None,
    as_json: given.JsonOption = False,
    as_csv: given.CsvOption = False,
    as_markdown: given.MarkdownOption = False,
) -> None:
    """Show where every byte of a firmware's flash and RAM goes, what changed, and what would go away."""
    from lilliput.firmware.report import SizeOptions
    from lilliput.reports.size_tables import View

    output = _output(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown)
    if history:
        _show_history(database, firmware, branch, as_json=as_json)
        return
    if firmware is None:
        raise UsageError("there is no firmware to look at", "", "Name the linker's output, or ask for --history.")
    options = SizeOptions(
        map_file=map_file,
        binary=binary,
        flash=tuple(flash or ()),
        ram=tuple(ram or ()),
        rules=tuple(rules or ()),
        old=diff if diff_recorded is None else _recorded(database, firmware, diff_recorded),
        old_map=diff_map,
        budget=budget,
        lines=functions or lines or inlined,
        source=source,
        source_folders=tuple(source_folders or ()),
        stacks=stack or bool(entries),
        entries=tuple(entries or ()),
        stack_usage=tuple(file for path in su or () for file in _su_files(path)),
        retained=retained,
        without=without,
        why=why,
    )
    with progress_bar() as progress:
        report = api.size(firmware, options, progress=progress)
    if extract_model is not None:
        _extract(report, extract_model)
    if record:
        _record(report, database, firmware, commit, branch)
    tables = {
        "sections": sections,
        "archives": archives,
        "objects": objects,
        "symbols": symbols,
        "functions": functions,
        "lines": lines,
        "inlined": inlined,
    }
    output(report, View(tuple(name for name, shown in tables.items() if shown), top))
    _check_budget(report)


def _su_files(path: Path) -> list[Path]:
    """The .su files below a folder; anything else is one itself."""
    return sorted(path.rglob("*.su")) if path.is_dir() else [path]


def _output(*, as_json: bool, as_csv: bool, as_markdown: bool) -> Output:
    """What writes the report to the standard output."""
    chosen = [write for wanted, write in ((as_json, _json), (as_csv, _csv), (as_markdown, _markdown)) if wanted]
    if len(chosen) > 1:
        raise UsageError("there is only one output", "--json, --csv, --markdown", "Choose one of them.")
    return chosen[0] if chosen else _terminal


def _terminal(report: SizeReport, view: View) -> None:
    from lilliput.reports.size_terminal import print_report

    print_report(report, view, _console())


def _json(report: SizeReport, view: View) -> None:
    from lilliput.reports.size_json import json_text, size_report

    sys.stdout.writelines(json_text(size_report(report, view)))


def _csv(report: SizeReport, _: View) -> None:
    from lilliput.reports.size_csv import write_csv

    write_csv(report, sys.stdout)


def _markdown(report: SizeReport, view: View) -> None:
    from lilliput.reports.size_markdown import size_markdown

    typer.echo(size_markdown(report, view), nl=False)


def _console() -> Console:
    console = Console(highlight=False)
    return (
        console if console.is_terminal or "COLUMNS" in os.environ else Console(highlight=False, width=_WIDTH_IN_A_PIPE)
    )


def _extract(report: SizeReport, file: Path) -> None:
    """Write the models; the second and later ones as NAME-2.tflite and so on."""
    if not report.models:
        raise UsageError("there is no model in flash", report.snapshot.name, "Leave --extract-model out.")
    names = [file.name, *(f"{file.stem}-{number}{file.suffix}" for number in range(2, len(report.models) + 1))]
    contents = (model.data.tobytes() for model in report.models)
    write_files(file.parent, dict(zip(names, contents, strict=True)))


def _record(report: SizeReport, url: str, firmware: Path, commit: str | None, branch: str | None) -> None:
    extras.require("size")
    from lilliput.firmware.history import record
    from lilliput.firmware.revision import Revision, find_revision

    found = find_revision(firmware.parent)
    revision = Revision(found.commit if commit is None else commit, found.branch if branch is None else branch)
    record(url, report.snapshot, revision)


def _recorded(url: str, firmware: Path, revision: str) -> Snapshot:
    extras.require("size")
    from lilliput.firmware.history import recorded_snapshot

    return recorded_snapshot(url, firmware.name, revision)


def _show_history(url: str, firmware: Path | None, branch: str | None, *, as_json: bool) -> None:
    extras.require("size")
    from lilliput.firmware.history import trend
    from lilliput.reports.size_history import history_json, print_history

    measurements = trend(url, "" if firmware is None else firmware.name, branch or "")
    if as_json:
        typer.echo(json.dumps({"format_version": 1, "history": history_json(measurements)}, indent=2))
    else:
        print_history(measurements, _console())


def _check_budget(report: SizeReport) -> None:
    """Raise DoesNotFitError where a limit is exceeded."""
    from lilliput.firmware.budget import check

    check(report.spendings or ())
