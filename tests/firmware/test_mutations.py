import random
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lilliput.errors import LilliputError
from lilliput.firmware.accounting import account
from lilliput.firmware.debug.attribution import line_bytes
from lilliput.firmware.embedded_model import label_models
from lilliput.firmware.firmware import Firmware
from lilliput.firmware.groups import assign_groups, load_rules
from lilliput.firmware.ram.stack import worst_case_stacks
from lilliput.firmware.references.graph import reference_graph
from lilliput.firmware.references.retained import retained
from lilliput.firmware.snapshot import take_snapshot
from tests.firmware import builds

KINDS = ("zig-arm", "zig-riscv", "avr-plain", "arm-overlays", "arm-big-endian", "riscv")
BATCHES, MUTATIONS = 12, 180
MOST_SECONDS = 5
WORDS = (0, 1, 4, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)

RULES = load_rules()
STAGES: dict[str, Callable[[Firmware], object]] = {
    "groups": lambda firmware: assign_groups(firmware, RULES),
    "models": label_models,
    "snapshot": take_snapshot,
    "debug information": line_bytes,
    "references": lambda firmware: retained(firmware, reference_graph(firmware)),
    "stack": worst_case_stacks,
}


class Damage:
    """One ELF file and the places where damage hurts: headers, tables, symbols, debug information, anything."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.order = "<" if content[5] == 1 else ">"
        segments, sections = struct.unpack_from(f"{self.order}II", content, 28)
        segment_count, _, section_count = struct.unpack_from(f"{self.order}HHH", content, 44)
        rows = [
            struct.unpack_from(f"{self.order}10I", content, sections + 40 * index) for index in range(section_count)
        ]
        self.places = [
            range(16, 52),
            range(segments, segments + 32 * segment_count),
            *[range(sections, sections + 40 * section_count)] * 3,
            *(range(row[4], row[4] + row[5]) for row in rows if row[1] in (1, 2, 3) and row[5]),
        ]

    def copies(self, seed: int, count: int) -> Iterator[bytes]:
        """`count` damaged copies: some bits and words changed, one in ten cut short."""
        chance = random.Random(seed)
        for _ in range(count):
            copy = bytearray(self.content)
            for _ in range(chance.randint(1, 4)):
                position = chance.choice(chance.choice(self.places))
                if chance.random() < 0.5:
                    copy[position] ^= 1 << chance.randrange(8)
                else:
                    word = chance.choice((*WORDS, len(copy), chance.getrandbits(32)))
                    struct.pack_into(f"{self.order}I", copy, min(position & ~3, len(copy) - 4), word)
            yield bytes(copy[: chance.randrange(len(copy))] if chance.random() < 0.1 else copy)


def accounted_copies(batch: int, path: Path) -> Iterator[Firmware]:
    """The damaged copies that are still firmware; the others must end in an error for the user."""
    survivors = 0
    damage = Damage(builds.build(KINDS[batch % len(KINDS)]).read_bytes())
    for content in damage.copies(seed=batch, count=MUTATIONS):
        path.write_bytes(content)
        with suppress(LilliputError):
            yield account(path)
            survivors += 1
    assert 0 < survivors < MUTATIONS


@pytest.mark.parametrize("batch", range(BATCHES))
def test_damaged_files_end_in_an_error_or_in_totals_that_add_up(batch: int, tmp_path: Path) -> None:
    for firmware in accounted_copies(batch, tmp_path / "damaged.elf"):
        assert firmware.flash_bytes == sum(each.flash_bytes for each in firmware.ranges)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_stage_trips_over_damaged_files(batch: int, tmp_path: Path) -> None:
    for firmware in accounted_copies(batch, tmp_path / "damaged.elf"):
        begin = time.process_time()
        for stage in STAGES.values():
            with suppress(LilliputError):
                stage(firmware)
        assert time.process_time() - begin < MOST_SECONDS
