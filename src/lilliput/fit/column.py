"""Framework, surroundings and chip -> Column: the sum of the parts, where the arena goes, and whether all of it fits.

An arena must lie in one span of RAM without gaps. Everything else may be spread over what is left: linker scripts can
place stacks, heaps and buffers one by one. Retention RAM and memory outside the chip do not count, but for flash of
chips that have none of their own.
"""

from dataclasses import dataclass

from lilliput.chips import Chip, Region
from lilliput.fit.cores import core_of
from lilliput.fit.framework import Framework
from lilliput.fit.surroundings import Surroundings

Part = tuple[str, int]
"""What takes memory, and how many bytes."""


@dataclass(frozen=True, slots=True)
class Column:
    """One framework on one chip beside everything else."""

    framework: Framework
    surroundings: Surroundings
    chip: Chip

    @property
    def flash_parts(self) -> tuple[Part, ...]:
        """Flash by roles; they sum to `flash_bytes`."""
        around = self.surroundings
        return (
            ("os", around.system.flash_bytes),
            ("framework", self.framework.code_bytes),
            ("model", self.framework.model_bytes),
            ("application", around.application.flash_bytes),
            *((each.name, each.flash_bytes) for each in around.others),
        )

    @property
    def ram_parts(self) -> tuple[Part, ...]:
        """RAM by roles; they sum to `ram_bytes`. The model's is the arena, the framework's static data and stack."""
        around = self.surroundings
        return (
            ("os", around.system.ram_bytes),
            ("framework", self.framework.static_bytes + self.framework.stack_bytes),
            ("model", self.framework.arena_bytes),
            ("application", around.application.ram_bytes),
            *((each.name, each.ram_bytes) for each in around.others),
        )

    @property
    def flash_bytes(self) -> int:
        """All flash that is needed."""
        return sum(size_bytes for _, size_bytes in self.flash_parts)

    @property
    def ram_bytes(self) -> int:
        """All RAM that is needed."""
        return sum(size_bytes for _, size_bytes in self.ram_parts)

    @property
    def flash_margin_bytes(self) -> int:
        """Flash that is left; negative where some is missing."""
        return self.chip.flash_bytes - self.flash_bytes

    @property
    def ram_margin_bytes(self) -> int:
        """RAM that is left; negative where some is missing, or where no span is as long as the arena."""
        left = self.chip.ram_bytes - self.ram_bytes
        return left if self.arena_region else min(left, self._spans[0].size_bytes - self.framework.arena_bytes)

    @property
    def arena_region(self) -> Region | None:
        """Where the arena goes: beside all else in the largest span, or alone in the smallest that holds it.

        None when no span does.
        """
        if self._spans[0].size_bytes >= self.ram_bytes:
            return self._spans[0]
        holding = [span for span in self._spans if span.size_bytes >= self.framework.arena_bytes]
        return holding[-1] if holding else None

    @property
    def fits(self) -> bool:
        """Whether flash and RAM suffice."""
        return self.flash_margin_bytes >= 0 and self.ram_margin_bytes >= 0

    @property
    def milliseconds(self) -> tuple[float, float] | None:
        """An inference's time at the chip's highest clock, at best and at worst; None where nobody can say."""
        if self.framework.instructions is None or not self.chip.clock_hz:
            return None
        cycles = core_of(self.chip.core).cycles_per_instruction
        least, most = self.framework.instructions
        return least * cycles[0] * 1e3 / self.chip.clock_hz, most * cycles[1] * 1e3 / self.chip.clock_hz

    @property
    def _spans(self) -> list[Region]:
        """The spans that count, largest first; every chip of the catalogue has one."""
        return [span for span in self.chip.ram_spans if span.kind != "retention"]
