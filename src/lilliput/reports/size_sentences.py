"""SizeReport -> sentences: the totals, the models and what is left without them."""

from collections.abc import Iterator

from lilliput.firmware.report import SizeReport


def sentences(report: SizeReport) -> Iterator[str]:
    """What a reader wants to know first."""
    snapshot = report.snapshot
    yield f"{snapshot.name}: {snapshot.flash_bytes:,} bytes of flash, {snapshot.ram_bytes:,} bytes of static RAM"
    for model in report.models:
        yield f"{model.size_bytes:,} bytes at {model.address:#x} are the model {model.name}"
    if report.model_flash_bytes:
        without = snapshot.flash_bytes - report.model_flash_bytes
        yield f"{without:,} bytes of flash without the model"
    if snapshot.unattributed_bytes:
        yield f"{snapshot.unattributed_bytes:,} bytes are known by their section alone"
