"""The user's figures, a baseline ELF or documented defaults -> Surroundings: what shares the chip with the model."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lilliput.errors import UsageError
from lilliput.firmware.accounting import account
from lilliput.sizes import parse_size

_DEFAULTS = Path(__file__).with_name("operating_systems.toml")


@dataclass(frozen=True, slots=True)
class Share:
    """What something takes besides the model, and who says so."""

    name: str
    flash_bytes: int
    ram_bytes: int
    source: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The operating system, the application, and the rest: a boot loader, a radio stack, a heap, further stacks."""

    system: Share
    application: Share
    others: tuple[Share, ...] = ()

    @property
    def flash_bytes(self) -> int:
        """The flash of all of them."""
        return sum(each.flash_bytes for each in (self.system, self.application, *self.others))

    @property
    def ram_bytes(self) -> int:
        """The RAM of all of them."""
        return sum(each.ram_bytes for each in (self.system, self.application, *self.others))


def system_names() -> tuple[str, ...]:
    """The operating systems that there are defaults for."""
    return tuple(_defaults())


def default_system(name: str) -> Share:
    """The documented figures of an operating system. Raises UsageError when there are none."""
    entry = _defaults().get(name.lower())
    if entry is None:
        raise UsageError(
            f'there are no figures for an operating system "{name}"',
            "--os",
            f"Choose one of: {', '.join(_defaults())}; or give a firmware without the model with --os-elf.",
        )
    return Share(entry["title"], parse_size(entry["flash"]), parse_size(entry["ram"]), entry["source"])


def measured_system(elf: Path) -> Share:
    """What a firmware without the model takes: its whole image, and its static RAM with what is reserved there.

    Raises what `firmware.account` raises.
    """
    firmware = account(elf)
    return Share(elf.name, firmware.flash_bytes, firmware.ram_bytes, "measured in the ELF file")


def application(flash_bytes: int, ram_bytes: int) -> Share:
    """The application by the user's figures."""
    return Share("application", flash_bytes, ram_bytes, "your figures" if flash_bytes or ram_bytes else "none given")


def other_share(text: str) -> Share:
    """What `NAME=FLASH` or `NAME=FLASH,RAM` means. Raises UsageError for another form."""
    name, equals, sizes = text.partition("=")
    flash, _, ram = sizes.partition(",")
    advice = "Write NAME=FLASH,RAM, such as bootloader=32K or heap=0,8K."
    if not equals or not name.strip() or not name.isprintable():
        raise UsageError(f'"{text}" names no part of the firmware', "--also", advice)
    try:
        return Share(name.strip(), parse_size(flash), parse_size(ram or "0"), "your figures")
    except ValueError as error:
        raise UsageError(str(error), "--also", advice) from error


def surroundings(
    system: str = "bare-metal", elf: Path | None = None, own: Share | None = None, also: Sequence[str] = ()
) -> Surroundings:
    """What the options mean; a firmware `elf` takes the place of an operating system's defaults."""
    first = default_system(system) if elf is None else measured_system(elf)
    return Surroundings(first, application(0, 0) if own is None else own, tuple(map(other_share, also)))


@cache
def _defaults() -> dict[str, Any]:
    return tomllib.loads(_DEFAULTS.read_text(encoding="utf-8"))
