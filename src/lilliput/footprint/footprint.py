"""The measured bytes of an image: labelled ranges whose sums are checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from lilliput.codegen.csource import Label, Part


@dataclass(frozen=True, slots=True)
class LabelledRange:
    """Bytes [`start`, `end`) of the flash image (offsets from its first byte) and what they are for."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where the bytes of an image are.

    `ranges` cover [0, `flash_bytes`) without gap or overlap. RAM: the arena, other static data (.data + .bss without
    the arena, linker padding included) and the deepest stack, proven from the call graph.
    """

    flash_bytes: int
    ranges: tuple[LabelledRange, ...]
    arena_bytes: int
    static_bytes: int
    stack_bytes: int

    @property
    def ram_bytes(self) -> int:
        """Arena, static data and deepest stack together."""
        return self.arena_bytes + self.static_bytes + self.stack_bytes

    @property
    def flash(self) -> Mapping[Part, int]:
        """Flash bytes of each part, every part present."""
        totals = dict.fromkeys(Part, 0)
        for item in self.ranges:
            totals[item.label.part] += item.end - item.start
        return totals
