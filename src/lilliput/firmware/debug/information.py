"""Elf -> DebugInformation: what the file says about lines, functions and inlined calls, as tables."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.debug.line_programs import Rows, line_rows
from lilliput.firmware.debug.numbers import Attribute
from lilliput.firmware.debug.scopes import Scope, scopes
from lilliput.firmware.debug.units import DebugFile, Unit, number, open_debug_file, units
from lilliput.firmware.elf import Elf
from lilliput.progress import Progress

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LineTable:
    """Columns of rows sorted by address: instructions at [`starts`, `ends`) come from `lines` of the path `files`.

    `units` says which unit says so, `sequences` where the run of rows begins that a row belongs to. Rows of different
    units may lie over each other. `furthest` is the highest end of all rows so far.
    """

    starts: Numbers
    ends: Numbers
    files: Numbers
    lines: Numbers
    sequences: Numbers
    units: Numbers
    furthest: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class DebugInformation:
    """What a file says about its code.

    `units`, `files` (paths, as indices into `paths`) and `scopes` have one entry for each unit.
    """

    file: DebugFile
    units: tuple[Unit, ...]
    files: tuple[tuple[int, ...], ...]
    scopes: tuple[tuple[Scope, ...], ...]
    paths: tuple[str, ...]
    table: LineTable

    def path(self, unit: int, file: int) -> str:
        """The path of the file that `unit` numbers `file`; "" when it has no such file."""
        files = self.files[unit]
        return self.paths[files[file]] if 0 <= file < len(files) else ""


def debug_information(elf: Elf, progress: Progress) -> DebugInformation:
    """Read all units of `elf` one by one; of a damaged one, what is sound is kept and the rest noted."""
    file = open_debug_file(elf)
    numbers = {"": 0}
    read: list[Unit] = []
    all_files: list[tuple[int, ...]] = []
    all_scopes: list[tuple[Scope, ...]] = []
    all_rows: list[NDArray[np.int64]] = []
    known: dict[int, tuple[int, ...]] = {}
    for unit in units(file):
        progress("debug information", unit.end, len(file.sections.info))
        found: tuple[Scope, ...] = ()
        with file.noting(f"the entries of the unit at {unit.start:#x} of .debug_info"):
            found = scopes(file, unit)
        program = number(unit.top, Attribute.STMT_LIST)
        rows = Rows()
        if program not in known:
            known[program] = ()
            with file.noting(f"the line program at {program:#x} of .debug_line"):
                paths, rows = line_rows(file, unit)
                known[program] = tuple(numbers.setdefault(path, len(numbers)) for path in paths)
        all_files.append(known[program])
        all_scopes.append(found)
        all_rows.append(_columns(rows, known[program], len(read)))
        read.append(unit)
    return DebugInformation(file, tuple(read), tuple(all_files), tuple(all_scopes), tuple(numbers), _table(all_rows))


def _columns(rows: Rows, files: tuple[int, ...], unit: int) -> NDArray[np.int64]:
    """The rows of one unit as the first six columns of the table, with the paths' own numbers as files."""
    given = np.array(rows.files, np.int64)
    known = np.array((*files, 0), np.int64)
    numbered = known[np.minimum(given, len(files))]
    unit_column = np.full(len(given), unit)
    return np.array([rows.starts, rows.ends, numbered, rows.lines, rows.sequences, unit_column], np.int64)


def _table(all_rows: list[NDArray[np.int64]]) -> LineTable:
    columns = np.concatenate(all_rows, axis=1) if all_rows else np.zeros((6, 0), np.int64)
    columns = columns[:, np.argsort(columns[0], kind="stable")]
    starts, ends, files, lines, sequences, unit_column = columns
    return LineTable(starts, ends, files, lines, sequences, unit_column, np.maximum.accumulate(ends))
