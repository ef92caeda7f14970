from collections.abc import Callable
from dataclasses import replace

import pytest

from lilliput.errors import InvariantError
from lilliput.firmware.accounting import account
from lilliput.firmware.checker import check_firmware
from lilliput.firmware.firmware import Firmware, Range
from tests.firmware import builds


def with_first(firmware: Firmware, **changes: object) -> Firmware:
    first: Range = replace(firmware.ranges[0], **changes)  # type: ignore[arg-type]
    return replace(firmware, ranges=(first, *firmware.ranges[1:]))


WRONG: dict[str, Callable[[Firmware], Firmware]] = {
    "a byte too few": lambda one: with_first(one, flash_bytes=one.ranges[0].flash_bytes - 1),
    "a range too few": lambda one: replace(one, ranges=one.ranges[1:]),
    "a range twice": lambda one: replace(one, ranges=(one.ranges[0], *one.ranges)),
    "a section that is not there": lambda one: with_first(one, section=999),
    "RAM beyond the range": lambda one: with_first(one, ram_bytes=10**6),
    "the same flash twice": lambda one: with_first(one, load_address=one.ranges[1].load_address),
    "a total of flash": lambda one: replace(one, flash_bytes=one.flash_bytes + 1),
    "a total of RAM": lambda one: replace(one, ram_bytes=one.ram_bytes - 1),
    "a total of unattributed bytes": lambda one: replace(one, unattributed_bytes=1),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_checker_sees(what: str) -> None:
    elf = builds.build("arm")
    firmware = account(elf, map_file=builds.map_of(elf))
    with pytest.raises(InvariantError):
        check_firmware(WRONG[what](firmware), elf)
