"""Firmware file and options -> SizeReport: everything that reporters show, each part from the module that knows it.

What nobody asked for is not computed and is None.
"""

from dataclasses import dataclass
from pathlib import Path

from lilliput.firmware.accounting import account
from lilliput.firmware.embedded_model import EmbeddedModel, label_models
from lilliput.firmware.firmware import Firmware
from lilliput.firmware.groups import MODEL, assign_groups, load_rules
from lilliput.firmware.snapshot import Snapshot, Total, group_totals, object_title, take_snapshot, totals
from lilliput.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class SizeOptions:
    """What to find out about a firmware.

    `map_file` is the linker's map, `binary` what is flashed and must be equal, `rules` files of group rules.
    """

    map_file: Path | None = None
    binary: Path | None = None
    rules: tuple[Path, ...] = ()


DEFAULT_OPTIONS = SizeOptions()


@dataclass(frozen=True, slots=True, eq=False)
class SizeReport:
    """A firmware with groups for all ranges, its models, and the parts that were asked for."""

    firmware: Firmware
    snapshot: Snapshot
    models: tuple[EmbeddedModel, ...]

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
    firmware = account(path, map_file=options.map_file, binary=options.binary)
    labelled, models = label_models(firmware)
    grouped = assign_groups(labelled, load_rules(options.rules))
    return SizeReport(grouped, take_snapshot(grouped), models)
