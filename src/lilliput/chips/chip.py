"""What a chip is: its core, its clock and its memories, each region apart."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["flash", "ram", "tightly-coupled", "retention"]

# The core that a target's code runs on: its own, or one whose instruction set includes it.
# Arm Architecture Reference Manuals: ARMv8-M baseline includes ARMv6-M; ARMv8.1-M includes ARMv8-M mainline.
_TARGETS = {
    "cortex-m0": "cortex-m0plus",
    "cortex-m0plus": "cortex-m0plus",
    "cortex-m23": "cortex-m0plus",
    "cortex-m3": "cortex-m3",
    "cortex-m4": "cortex-m4",
    "cortex-m7": "cortex-m7",
    "cortex-m33": "cortex-m33",
    "cortex-m55": "cortex-m33",
    "cortex-m85": "cortex-m33",
    "rv32imc": "rv32imc",
    "rv32imac": "rv32imc",
    "rv32imafc": "rv32imc",
}


@dataclass(frozen=True, slots=True)
class Region:
    """A memory of `size_bytes` that begins at `address`, None where the source does not say.

    `kind` of RAM: "ram" for all purposes; "tightly-coupled" for memory that the core alone reaches (TCM, CCM), so no
    DMA; "retention" for the few kilobytes that live on in the deepest sleep. Flash is "flash".
    """

    name: str
    size_bytes: int
    kind: Kind
    address: int | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip, or one core of a chip with different ones; on a board if `board` says so.

    `clock_hz` is the highest clock of the core, None where the source does not say. `flash` and `ram` are on the chip,
    `external` is memory beside it: what the board has, or the most that the chip can address. `parts` are the numbers
    that it is ordered by, with package and temperature.
    """

    name: str
    family: str
    core: str
    clock_hz: int | None
    flash: tuple[Region, ...]
    ram: tuple[Region, ...]
    external: tuple[Region, ...]
    source: str
    board: str = ""
    parts: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The board's name, or the chip's where there is no board."""
        return self.board or self.name

    @property
    def target(self) -> str | None:
        """The name in `lilliput.targets` of the target whose code this core runs, None when there is none."""
        return _TARGETS.get(self.core)

    @property
    def code_flash(self) -> tuple[Region, ...]:
        """Where code and constants lie: flash on the chip, or the external flash that a chip without any runs from."""
        return self.flash or tuple(region for region in self.external if region.kind == "flash")

    @property
    def flash_bytes(self) -> int:
        """All of `code_flash` together."""
        return sum(region.size_bytes for region in self.code_flash)

    @property
    def ram_bytes(self) -> int:
        """All RAM on the chip together, but for retention RAM."""
        return sum(region.size_bytes for region in self.ram if region.kind != "retention")

    @property
    def ram_spans(self) -> tuple[Region, ...]:
        """RAM on the chip without gaps, largest first: neighbouring regions of one kind count as one, "SRAM1..SRAM3".

        An arena must fit into one span.
        """
        spans: list[Region] = []
        for region in sorted(self.ram, key=lambda each: (each.kind, -1 if each.address is None else each.address)):
            last = spans[-1] if spans else None
            if last is not None and _adjoin(last, region):
                size_bytes = last.size_bytes + region.size_bytes
                name = f"{last.name.split('..')[0]}..{region.name}"
                spans[-1] = Region(name, size_bytes, last.kind, last.address)
            else:
                spans.append(region)
        return tuple(sorted(spans, key=lambda span: (-span.size_bytes, span.name)))


def _adjoin(first: Region, second: Region) -> bool:
    return (
        first.kind == second.kind and first.address is not None and second.address == first.address + first.size_bytes
    )
