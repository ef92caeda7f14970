"""Firmware file and options -> SizeReport: everything that reporters show, each part from the module that knows it.

What nobody asked for is not computed and is None.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from lilliput import extras
from lilliput.firmware.accounting import account
from lilliput.firmware.budget import Spending, measure, read_budget
from lilliput.firmware.debug.attribution import Lines, line_bytes
from lilliput.firmware.debug.listing import Listing, listing
from lilliput.firmware.difference import Difference, compare
from lilliput.firmware.embedded_model import EmbeddedModel, label_models
from lilliput.firmware.firmware import Firmware, Region
from lilliput.firmware.groups import MODEL, assign_groups, load_rules
from lilliput.firmware.memory import region_option
from lilliput.firmware.ram.reserved import Reserved, reserved
from lilliput.firmware.ram.stack import StackBound, worst_case_stacks
from lilliput.firmware.references.chains import Chain, why
from lilliput.firmware.references.graph import reference_graph
from lilliput.firmware.references.removal import Removal, without
from lilliput.firmware.references.retained import RetainedSizes, retained
from lilliput.firmware.saved_report import is_saved_report, read_saved_report
from lilliput.firmware.snapshot import Snapshot, Total, group_totals, object_title, take_snapshot, totals
from lilliput.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class SizeOptions:
    """What to find out about a firmware.

    `map_file` is the linker's map, `binary` what is flashed and must be equal, `flash` and `ram` the chip's memories as
    "ORIGIN:LENGTH" or "LENGTH", `rules` files of group rules. `old` is an ELF, with `old_map`, a saved report or a
    snapshot to compare with, `budget` a TOML file of limits. `lines` asks for bytes of functions, lines and inlined
    calls, `source` for the listing of one function, with `source_folders` to look for its source in. `stacks` asks for
    the worst-case stack of every entry point and of the functions `entries`, with the help of .su files. `retained`
    asks for the retained size of everything, `without` for what would go with the names that match a pattern, `why` for
    what keeps a symbol.
    """

    map_file: Path | None = None
    binary: Path | None = None
    flash: tuple[str, ...] = ()
    ram: tuple[str, ...] = ()
    rules: tuple[Path, ...] = ()
    old: Path | Snapshot | None = None
    old_map: Path | None = None
    budget: Path | None = None
    lines: bool = False
    source: str | None = None
    source_folders: tuple[Path, ...] = ()
    stacks: bool = False
    entries: tuple[str, ...] = ()
    stack_usage: tuple[Path, ...] = ()
    retained: bool = False
    without: str | None = None
    why: str | None = None


DEFAULT_OPTIONS = SizeOptions()


@dataclass(frozen=True, slots=True, eq=False)
class SizeReport:
    """A firmware with groups for all ranges, its models, and the parts that were asked for."""

    firmware: Firmware
    snapshot: Snapshot
    models: tuple[EmbeddedModel, ...]
    difference: Difference | None = None
    spendings: tuple[Spending, ...] | None = None
    lines: Lines | None = None
    listing: Listing | None = None
    stacks: tuple[StackBound, ...] | None = None
    reserved: tuple[Reserved, ...] | None = None
    retained: RetainedSizes | None = None
    removal: Removal | None = None
    chain: Chain | None = None

    @property
    def flash_bytes(self) -> int:
        """What gets flashed."""
        return self.snapshot.flash_bytes

    @property
    def ram_bytes(self) -> int:
        """Static RAM."""
        return self.snapshot.ram_bytes

    @property
    def answers_question(self) -> bool:
        """Whether anything but the sizes was asked for."""
        answers = (
            self.difference,
            self.spendings,
            self.listing,
            self.stacks,
            self.retained,
            self.removal,
            self.chain,
        )
        return any(answer is not None for answer in answers)

    @property
    def groups(self) -> tuple[Total, ...]:
        """Every group, the largest in flash first."""
        return group_totals(self.snapshot.entries)

    @property
    def sections(self) -> tuple[Total, ...]:
        """Every output section, the largest in flash first."""
        return totals(self.snapshot.entries, lambda each: each.section)

    @property
    def objects(self) -> tuple[Total, ...]:
        """Every object file as "archive(object)", the largest in flash first; "" is what nobody knows."""
        return totals(self.snapshot.entries, object_title)

    @property
    def archives(self) -> tuple[Total, ...]:
        """Every archive, the largest in flash first; "" is what comes from no archive."""
        return totals(self.snapshot.entries, lambda each: each.archive)

    @property
    def model_flash_bytes(self) -> int:
        """Flash that models take."""
        return sum(each.flash_bytes for each in self.groups if each.name == MODEL)


def analyse(path: Path, options: SizeOptions = DEFAULT_OPTIONS, *, progress: Progress = silent) -> SizeReport:
    """Account for every byte of a firmware's ELF, and find out what the options ask for.

    Raises UsageError for files that are missing or of another kind, FirmwareError for damaged ones, VerificationError
    where the binary differs from the ELF.
    """
    progress(f"reading {path.name}", 0, 1)
    rules = load_rules(options.rules)
    limits = None if options.budget is None else read_budget(options.budget)
    firmware, models = label_models(_account(path, options))
    grouped = assign_groups(firmware, rules)
    snapshot = take_snapshot(grouped)
    report = SizeReport(
        firmware=grouped,
        snapshot=snapshot,
        models=models,
        difference=None if options.old is None else compare(_old(options.old, options, progress), snapshot),
        spendings=None if limits is None else measure(snapshot, limits),
        lines=line_bytes(grouped, progress) if options.lines else None,
        listing=None if options.source is None else _listing(grouped, options.source, options, progress),
        stacks=_stacks(grouped, options, progress) if options.stacks else None,
        reserved=reserved(grouped) if options.stacks else None,
    )
    return _with_references(report, options, progress)


def _with_references(report: SizeReport, options: SizeOptions, progress: Progress) -> SizeReport:
    """The report with what takes the graph of references to know."""
    if not options.retained and options.without is None and options.why is None:
        return report
    firmware = report.firmware
    progress("finding references", 0, 1)
    graph = reference_graph(firmware)
    return replace(
        report,
        retained=retained(firmware, graph) if options.retained else None,
        removal=None if options.without is None else without(firmware, graph, options.without),
        chain=None if options.why is None else why(firmware, graph, options.why),
    )


def _listing(firmware: Firmware, name: str, options: SizeOptions, progress: Progress) -> Listing:
    return listing(firmware, name, source_folders=options.source_folders, progress=progress)


def _stacks(firmware: Firmware, options: SizeOptions, progress: Progress) -> tuple[StackBound, ...]:
    extras.require("size")
    return worst_case_stacks(firmware, options.stack_usage, options.entries, progress=progress)


def _account(path: Path, options: SizeOptions) -> Firmware:
    """The firmware with the memories given; a length alone is that of the memory of its kind that is used most."""
    given = [("flash", text) for text in options.flash] + [("ram", text) for text in options.ram]
    memories = [region_option(text, name, writable=name == "ram") for name, text in given if _has_origin(text)]
    firmware = account(path, map_file=options.map_file, binary=options.binary, regions=memories)
    for name, text in given:
        if not _has_origin(text):
            size = region_option(text, name, writable=name == "ram").size_bytes
            firmware = replace(firmware, regions=_resized(firmware.regions, size, writable=name == "ram"))
    return firmware


def _has_origin(text: str) -> bool:
    return ":" in text or "," in text


def _resized(regions: tuple[Region, ...], size_bytes: int, *, writable: bool) -> tuple[Region, ...]:
    chosen = max(
        (each for each in regions if each.writable == writable), key=lambda each: each.used_bytes, default=None
    )
    return tuple(replace(each, size_bytes=size_bytes) if each is chosen else each for each in regions)


def _old(old: Path | Snapshot, options: SizeOptions, progress: Progress) -> Snapshot:
    """What to compare with."""
    if isinstance(old, Snapshot):
        return old
    if is_saved_report(old):
        return read_saved_report(old)
    return analyse(old, SizeOptions(map_file=options.old_map, rules=options.rules), progress=progress).snapshot
