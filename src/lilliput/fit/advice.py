"""Column that does not fit -> sentences: how far off, what takes most, the next chip, and what else could help."""

from collections.abc import Iterator, Sequence

from lilliput.chips import Chip
from lilliput.fit.column import Column, Part

_CONTRIBUTORS = 3


def advice(column: Column, others: Sequence[Chip]) -> tuple[str, ...]:
    """What to do, most telling first; empty for a column that fits. `others` are chips to look at, smallest first."""
    return () if column.fits else tuple(_sentences(column, others))


def _sentences(column: Column, others: Sequence[Chip]) -> Iterator[str]:
    shortages = (
        ("flash", column.flash_margin_bytes, column.flash_parts),
        ("RAM", column.ram_margin_bytes, column.ram_parts),
    )
    for memory, margin, parts in shortages:
        if margin < 0:
            yield f"{-margin:,} bytes of {memory} are missing; most goes to {_largest(parts)}."
    if column.arena_region is None:
        longest = max(span.size_bytes for span in column.chip.ram_spans)
        yield f"No RAM of {column.chip.title} without gaps is as long as the arena: the longest has {longest:,} bytes."
    if larger := next_chip(column, others):
        yield f"It fits {larger.title}: {larger.flash_bytes:,} bytes of flash, {larger.ram_bytes:,} of RAM."
    if column.framework.name == "lilliput":
        if column.ram_margin_bytes < 0:
            yield "`lilliput compile --input rows` keeps the input out of the arena; --arena caller shares it in time."
        if column.flash_margin_bytes < 0:
            yield "Fewer channels, or int8 instead of float weights, make the model smaller."
    elif column.ram_margin_bytes < 0:
        yield "`lilliput tflm` may find a better memory plan for the same arena."


def next_chip(column: Column, others: Sequence[Chip]) -> Chip | None:
    """The smallest of `others` on which the same column fits: of its family if any is, else of its core."""
    same = [chip for chip in others if chip.core == column.chip.core and not chip.board]
    family = [chip for chip in same if chip.family == column.chip.family]
    fitting = (chip for chip in (*family, *same) if Column(column.framework, column.surroundings, chip).fits)
    return next(fitting, None)


def _largest(parts: Sequence[Part]) -> str:
    ordered = sorted(parts, key=lambda part: -part[1])[:_CONTRIBUTORS]
    return ", ".join(f"{name} ({size_bytes:,})" for name, size_bytes in ordered if size_bytes)
