"""Chips and frameworks made up for tests."""

from lilliput.chips import Chip, Region
from lilliput.fit.column import Column
from lilliput.fit.framework import Framework
from lilliput.fit.surroundings import Surroundings, application, default_system


def a_chip(*ram: int, flash: int = 65536, name: str = "TEST1", core: str = "cortex-m4") -> Chip:
    """A chip with these RAM regions, far apart from each other."""
    return Chip(
        name=name,
        family="TEST",
        core=core,
        clock_hz=100_000_000,
        flash=(Region("flash", flash, "flash", 0),),
        ram=tuple(Region(f"RAM{i}", size, "ram", 0x2000_0000 * (i + 1)) for i, size in enumerate(ram)),
        external=(),
        source="a test",
    )


def a_framework(code: int = 1000, model: int = 2000, arena: int = 4000, other: int = 500) -> Framework:
    """A framework with these sizes."""
    return Framework("lilliput", "a test", code, model, arena, other, 0, (1_000_000, 1_000_000))


def a_column(chip: Chip, framework: Framework, app_flash: int = 0, app_ram: int = 0) -> Column:
    """A framework on a chip beside an application."""
    return Column(framework, Surroundings(default_system("bare-metal"), application(app_flash, app_ram)), chip)
