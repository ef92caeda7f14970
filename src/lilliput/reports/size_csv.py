"""SizeReport -> CSV: one line for each symbol and each named stand-in; the lines sum to the totals."""

import csv
from typing import TextIO

from lilliput.firmware.report import SizeReport

COLUMNS = (
    "name",
    "demangled",
    "section",
    "object",
    "archive",
    "group",
    "address",
    "load_address",
    "flash_bytes",
    "ram_bytes",
)


def write_csv(report: SizeReport, file: TextIO) -> None:
    """Write a heading and all lines."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(each, column) for column in COLUMNS] for each in report.snapshot.entries)
