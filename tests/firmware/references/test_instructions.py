"""Addresses in machine code, against a disassembler that reads one instruction after the other."""

import random
from collections.abc import Iterator

import capstone
import numpy as np
import pytest
from capstone import arm_const as arm

from lilliput.firmware.elf import Elf, read_elf
from lilliput.firmware.references.avr import avr_mentions, avr_pointers
from lilliput.firmware.references.mentions import Kind, Mentions
from lilliput.firmware.references.riscv import riscv_mentions
from lilliput.firmware.references.scanning import Stretch, stretches
from lilliput.firmware.references.thumb import a32_mentions, instruction_starts, thumb_mentions
from tests.firmware import builds

_BRANCHES = {arm.ARM_INS_B, arm.ARM_INS_BL, arm.ARM_INS_CBZ, arm.ARM_INS_CBNZ}
_SHORT = {arm.ARM_INS_CBZ, arm.ARM_INS_CBNZ}


@pytest.mark.parametrize("seed", range(200))
def test_instructions_begin_where_reading_one_after_the_other_says(seed: int) -> None:
    chance = random.Random(seed)
    wide = np.array([chance.random() < 0.5 for _ in range(chance.randint(1, 40))])
    expected, position = [False] * len(wide), 0
    while position < len(wide):
        expected[position] = True
        position += 2 if wide[position] else 1
    assert instruction_starts(np.zeros(len(wide), np.int64), wide).tolist() == expected


@pytest.mark.parametrize("kind", ["arm", "arm-float", "zig-arm"])
def test_thumb_branches_are_those_of_a_disassembler(kind: str) -> None:
    elf = read_elf(builds.build(kind))
    machine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    machine.detail = True
    seen = 0
    for stretch in _code(elf, "thumb"):
        expected = {
            (each.address, each.operands[-1].imm)
            for each in _disassembled(machine, stretch)
            if each.id in _BRANCHES - _SHORT
        }
        found = _branches(thumb_mentions(0, stretch.units(2, "<"), stretch.start))
        assert found == expected
        seen += len(found)
    assert seen > 1


@pytest.mark.parametrize("kind", ["riscv", "riscv-plain", "zig-riscv"])
def test_riscv_jumps_are_those_of_a_disassembler(kind: str) -> None:
    elf = read_elf(builds.build(kind))
    machine = capstone.Cs(capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV32 | capstone.CS_MODE_RISCVC)
    machine.detail = True
    jumps = {"jal", "j", "c.j", "c.jal", "beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "bgez", "bltz"}
    seen = 0
    for stretch in _code(elf, "riscv"):
        expected = {
            (each.address, each.address + each.operands[-1].imm)
            for each in _disassembled(machine, stretch)
            if each.mnemonic in jumps
        }
        found = _branches(riscv_mentions(0, stretch.units(2, "<"), stretch.start, None))
        assert expected <= found
        seen += len(expected)
    assert seen > 3


def test_movw_and_movt_make_one_address_across_other_instructions() -> None:
    code = _halfwords("45f2 7810 0020 c2f2 0100")  # movw r0, #0x5178; movs r0, #0; movt r0, #0x2001
    found = thumb_mentions(0, code, 0x100)
    assert (found.targets.tolist(), found.kinds.tolist()) == ([0x20015178], [Kind.ADDRESS])


def test_a32_branches_reach_backwards() -> None:
    found = a32_mentions(0, np.array([0xE1A00000, 0xEBFFFFFD, 0xEA000001]), 0x8000)
    assert list(zip(found.sites.tolist(), found.targets.tolist(), strict=True)) == [(0x8004, 0x8000), (0x8008, 0x8014)]


def test_riscv_puts_addresses_together_from_two_instructions_or_the_global_pointer() -> None:
    words = [0x20000537, 0x01050513, 0x00000597, 0xFFC5A583, 0x8001A603]
    code = np.array([half for word in words for half in (word & 0xFFFF, word >> 16)], np.int64)
    found = riscv_mentions(0, code, 0x10000, 0x20000800)
    assert sorted(found.targets.tolist()) == [0x10004, 0x20000000, 0x20000010]


def test_avr_addresses_may_mean_ram_flash_or_a_function() -> None:
    found = avr_mentions(0, _halfwords("e0e0 f1e0"), 0)  # ldi r30, 0x00; ldi r31, 0x01
    assert sorted(found.targets.tolist()) == [0x100, 0x200, 0x800100]
    pointer = avr_pointers(0, np.array([9, 0x34, 0x12]), 0x800100)
    assert (0x800101, 0x801234) in set(zip(pointer.sites.tolist(), pointer.targets.tolist(), strict=True))


def _code(elf: Elf, content: str) -> Iterator[Stretch]:
    return (each for each in stretches(elf) if each.content == content)


def _disassembled(machine: capstone.Cs, stretch: Stretch) -> Iterator[capstone.CsInsn]:
    start = stretch.start - stretch.section.address
    return machine.disasm(bytes(stretch.section.data[start : start + stretch.end - stretch.start]), stretch.start)


def _branches(found: Mentions) -> set[tuple[int, int]]:
    chosen = found.kinds == Kind.BRANCH
    return set(zip(found.sites[chosen].tolist(), found.targets[chosen].tolist(), strict=True))


def _halfwords(text: str) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.frombuffer(bytes.fromhex(text), "<u2").astype(np.int64)
