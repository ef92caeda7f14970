"""Image -> Footprint: every byte of flash and RAM measured, labelled and checked."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from lilliput.codegen.csource import CSource
from lilliput.errors import InvariantError, LilliputError, ToolError
from lilliput.firmware.code.spans import spans
from lilliput.firmware.elf import Elf, SymbolKind, read_elf
from lilliput.firmware.ram.bounds import Bound
from lilliput.footprint.checker import check_footprint
from lilliput.footprint.debug_info import DebugInfo, read_debug_info
from lilliput.footprint.footprint import Footprint, LabelledRange
from lilliput.footprint.labels import PADDING, claims_of, label_section
from lilliput.footprint.stack import worst_case_stack
from lilliput.toolchain.build import SUPPORT_FOLDER
from lilliput.toolchain.image import Image

_RUNTIME_FILES = ("memory.c",)
"""Files of a target that stand in for the C library; they count as a runtime library, not as start-up."""

_UNUSED_RAM = frozenset({".stack", ".heap"})


def measure(image: Image) -> Footprint:
    """Measure and check `image`.

    Raises ToolError when its ELF file cannot be read, InvariantError when sums disagree or the stack has no bound.
    """
    elf, debug = _read(image)
    arena_bytes = _arena_bytes(elf)
    footprint = Footprint(
        flash_bytes=len(image.binary),
        ranges=tuple(_merged(_flash_ranges(elf, debug, image.source))),
        arena_bytes=arena_bytes,
        static_bytes=_ram_bytes(elf) - arena_bytes,
        stack_bytes=worst_case_stack(elf, image.target.entry).stack_bytes,
    )
    check_footprint(footprint, image.elf, image.binary)
    return footprint


def measure_stack(image: Image) -> Bound:
    """The deepest stack of `image` from its entry on, and the chain of functions that reaches it. Errors: measure's."""
    return worst_case_stack(_read(image)[0], image.target.entry)


def _read(image: Image) -> tuple[Elf, DebugInfo]:
    startup_files = {"main.c", *image.target.startup}.difference(_RUNTIME_FILES)
    paths = frozenset(f"{SUPPORT_FOLDER}/{name}" for name in startup_files)
    try:
        elf = read_elf(image.elf, any_width=True)
    except LilliputError as error:
        raise ToolError(f"the linked image cannot be read: {error.fact}", image.elf.name, "Rebuild it.") from error
    debug = read_debug_info(image.elf, f"{image.source.name}.c", paths)
    if not debug.rows:
        raise InvariantError(f"{image.elf.name} has no code with line numbers of {image.source.name}.c")
    return elf, debug


def _flash_ranges(elf: Elf, debug: DebugInfo, source: CSource) -> Iterator[LabelledRange]:
    """Labelled ranges from the lowest load address up; gaps between sections are padding."""
    claims = claims_of(elf, debug, source)
    loaded = sorted((each for each in elf.allocated if each.has_bytes), key=lambda section: section.load_address)
    base = loaded[0].load_address
    position = 0
    for section in loaded:
        offset = section.load_address - base
        if position < offset:
            yield LabelledRange(position, offset, PADDING)
        shift = offset - section.address
        for start, end, label in label_section(section, claims, elf.machine):
            yield LabelledRange(start + shift, end + shift, label)
        position = offset + section.size_bytes


def _merged(ranges: Iterable[LabelledRange]) -> Iterator[LabelledRange]:
    """Join neighbours of one label."""
    pending: LabelledRange | None = None
    for item in ranges:
        if pending is not None and pending.label == item.label and pending.end == item.start:
            pending = LabelledRange(pending.start, item.end, item.label)
            continue
        if pending is not None:
            yield pending
        pending = item
    if pending is not None:
        yield pending


def _arena_bytes(elf: Elf) -> int:
    return sum(span.end - span.start for span in spans(elf, SymbolKind.OBJECT) if "arena" in span.names)


def _ram_bytes(elf: Elf) -> int:
    """Bytes of writable sections and of the alignment gaps between them."""
    sections = sorted(
        (s for s in elf.allocated if s.writable and s.name not in _UNUSED_RAM), key=lambda section: section.address
    )
    gaps = (after.address - before.end for before, after in pairwise(sections))
    alignments = (section.alignment_bytes for section in sections[1:])
    fill_bytes = sum(gap for gap, alignment in zip(gaps, alignments, strict=True) if 0 < gap < alignment)
    return sum(section.size_bytes for section in sections) + fill_bytes
