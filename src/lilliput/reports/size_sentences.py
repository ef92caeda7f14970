"""SizeReport -> sentences: the totals, the models and what is left without them, and answers in words."""

from collections.abc import Iterator

from lilliput.firmware.report import SizeReport
from lilliput.reports.size_retained import chain_lines, removal_sentence


def total_sentence(report: SizeReport) -> str:
    """What the firmware takes."""
    return f"{report.snapshot.name}: {report.flash_bytes:,} bytes of flash, {report.ram_bytes:,} bytes of static RAM"


def detail_sentences(report: SizeReport) -> Iterator[str]:
    """What a reader of an overview wants to know next."""
    for model in report.models:
        yield f"{model.size_bytes:,} bytes at {model.address:#x} are the model {model.name}"
    if report.model_flash_bytes:
        yield f"{report.flash_bytes - report.model_flash_bytes:,} bytes of flash without the model"
    if report.snapshot.unattributed_bytes:
        yield f"{report.snapshot.unattributed_bytes:,} bytes are known by their section alone"


def answer_paragraphs(report: SizeReport) -> Iterator[list[str]]:
    """What is said in words of what was asked for: lines of paragraphs."""
    if report.removal is not None:
        yield [removal_sentence(report.removal)]
    if report.chain is not None:
        yield chain_lines(report.chain)
