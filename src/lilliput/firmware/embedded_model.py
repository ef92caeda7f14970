"""Firmware -> the TensorFlow Lite models inside its flash, found by their content, and their bytes by name.

A model is found whether or not a symbol names it; the bytes taken out of the firmware are a .tflite file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from lilliput.firmware.elf import Section
from lilliput.firmware.firmware import Firmware, Range, Source
from lilliput.firmware.groups import MODEL
from lilliput.tflite.extent import IDENTIFIER, IDENTIFIER_OFFSET, model_extent

UNNAMED = "[model]"

# What no firmware has, so that a hostile file cannot keep us busy.
_MOST_CANDIDATES = 64
_MOST_MODELS = 64


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """A flatbuffer at `address` (run time) of section `section`. `name` is that of the symbol, or "[model]"."""

    name: str
    section: int
    address: int
    data: memoryview = field(repr=False)

    @property
    def size_bytes(self) -> int:
        """The length of the flatbuffer."""
        return len(self.data)

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + len(self.data)


def label_models(firmware: Firmware) -> tuple[Firmware, tuple[EmbeddedModel, ...]]:
    """Find every model and put its bytes into the group "model"; models come by section and address.

    A symbol that holds a model is its name, and the symbol's size the model's. Other ranges are split around it, and
    their part gets the name "[model]".
    """
    sections = (each for each in firmware.elf.allocated if each.has_bytes)
    models = chain.from_iterable(map(_models, sections))
    found = tuple(_named(firmware, model) for model in islice(models, _MOST_MODELS))
    if not found:
        return firmware, ()
    ranges = tuple(piece for each in firmware.ranges for piece in _pieces(each, found))
    named = _section_bytes(firmware.ranges) - _section_bytes(ranges)
    return replace(firmware, ranges=ranges, unattributed_bytes=firmware.unattributed_bytes - named), found


def _section_bytes(ranges: tuple[Range, ...]) -> int:
    """The bytes of which nothing but the section is known."""
    return sum(each.size_bytes for each in ranges if each.source is Source.SECTION)


def _models(section: Section) -> Iterator[EmbeddedModel]:
    """The models of a section; none inside another."""
    end = 0
    for match in islice(re.finditer(re.escape(IDENTIFIER), section.data), _MOST_CANDIDATES):
        start = match.start() - IDENTIFIER_OFFSET
        size = model_extent(section.data[start:]) if start >= end else None
        if size is not None:
            end = start + size
            yield EmbeddedModel(UNNAMED, section.index, section.address + start, section.data[start:end])


def _named(firmware: Firmware, model: EmbeddedModel) -> EmbeddedModel:
    """The model with the name of the symbol that holds it, and its size where the symbol begins with the model."""
    for each in firmware.ranges:
        if each.source is Source.SYMBOL and _holds(each, model):
            section = firmware.elf.sections[model.section]
            start = model.address - section.address
            size = each.size_bytes if each.address == model.address else model.size_bytes
            return replace(model, name=each.name, data=section.data[start : start + size])
    return model


def _holds(each: Range, model: EmbeddedModel) -> bool:
    return (
        each.section == model.section and each.address <= model.address and model.end <= each.address + each.size_bytes
    )


def _pieces(each: Range, models: tuple[EmbeddedModel, ...]) -> Iterator[Range]:
    """The range as it was, or split so that each model in it is a piece of its own."""
    for model in models:
        if (
            each.section != model.section
            or model.end <= each.address
            or each.address + each.size_bytes <= model.address
        ):
            continue
        if each.source is Source.SYMBOL:
            yield replace(each, group=MODEL)
            return
        before = max(0, model.address - each.address)
        behind = min(each.size_bytes, model.end - each.address)
        if before:
            yield _part(each, 0, before)
        yield replace(_part(each, before, behind), name=UNNAMED, demangled=UNNAMED, source=Source.CONTENT, group=MODEL)
        each = _part(each, behind, each.size_bytes)
    if each.size_bytes:
        yield each


def _part(each: Range, start: int, end: int) -> Range:
    """The bytes [start, end) of a range. Where an overlay counts only some bytes of RAM, they are its last ones."""
    first_in_ram = each.size_bytes - each.ram_bytes
    return replace(
        each,
        address=each.address + start,
        load_address=each.load_address + start,
        flash_bytes=end - start if each.flash_bytes else 0,
        ram_bytes=max(0, end - max(start, first_in_ram)),
    )
