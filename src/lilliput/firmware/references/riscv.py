"""RISC-V machine code -> the addresses that its instructions form (RV32IMC; Instruction Set Manual, volume I).

An address takes two instructions (AUIPC or LUI, then one that adds a small number to the same register), or one that
adds to the global pointer. Every encoding is tested on all instructions at once.
"""

import numpy as np

from lilliput.firmware.references.mentions import Integers, Kind, Mentions, joined, mentions
from lilliput.firmware.references.thumb import instruction_starts, signed

_PAIR_WINDOW_INSTRUCTIONS = 12
"""How far a compiler's scheduler moves the second instruction of an address from the first."""

_GLOBAL_POINTER = 3
_ADDI, _LOAD, _LOAD_FLOAT, _STORE, _STORE_FLOAT, _JALR = 0x13, 0x03, 0x07, 0x23, 0x27, 0x67


def riscv_mentions(section: int, code: Integers, start: int, global_pointer: int | None) -> Mentions:
    """What the halfwords `code`, which run from address `start` on, branch to and which addresses they put together."""
    positions = np.flatnonzero(instruction_starts(code, code & 3 == 3))
    first = code[positions]
    wide = first & 3 == 3
    words = np.where(wide, first | np.append(code, 0)[positions + 1] << 16, first)
    sites = start + 2 * positions
    found = [_branches(section, sites, words), _compressed_jumps(section, sites, words), _pairs(section, sites, words)]
    if global_pointer is not None:
        base, added = _base_and_offset(words)
        near = base == _GLOBAL_POINTER
        found.append(mentions(section, sites[near], global_pointer + added[near], Kind.ADDRESS))
    return joined(found)


def _branches(section: int, sites: Integers, words: Integers) -> Mentions:
    """JAL and the conditional branches (formats J and B)."""
    jal, branch = words & 0x7F == 0x6F, words & 0x7F == 0x63
    far = (words >> 31) << 20 | (words >> 12 & 0xFF) << 12 | (words >> 20 & 1) << 11 | (words >> 21 & 0x3FF) << 1
    near = (words >> 31) << 12 | (words >> 7 & 1) << 11 | (words >> 25 & 0x3F) << 5 | (words >> 8 & 15) << 1
    targets = sites + np.where(jal, signed(far, 21), signed(near, 13))
    return mentions(section, sites[jal | branch], targets[jal | branch], Kind.BRANCH)


def _compressed_jumps(section: int, sites: Integers, words: Integers) -> Mentions:
    """C.J and C.JAL (format CJ)."""
    jumps = (words & 3 == 1) & ((words >> 13 & 3) == 1)
    sites, words = sites[jumps], words[jumps]
    offset = (words >> 12 & 1) << 11 | (words >> 11 & 1) << 4 | (words >> 9 & 3) << 8 | (words >> 8 & 1) << 10
    offset = offset | (words >> 7 & 1) << 6 | (words >> 6 & 1) << 7 | (words >> 3 & 7) << 1 | (words >> 2 & 1) << 5
    return mentions(section, sites, sites + signed(offset, 12), Kind.BRANCH)


def _pairs(section: int, sites: Integers, words: Integers) -> Mentions:
    """AUIPC, LUI or C.LUI with each instruction near it that adds to its register, up to the next such one of it."""
    opcode = words & 0x7F
    wide_upper = (opcode == 0x17) | (opcode == 0x37)
    compressed = (words & 3 == 1) & (words >> 13 == 3) & ((words >> 7 & 31) != 2)
    value = np.where(wide_upper, words & 0xFFFFF000, signed((words >> 12 & 1) << 5 | words >> 2 & 31, 6) << 12)
    value = value + np.where(opcode == 0x17, sites, 0)
    register = np.where(wide_upper | compressed, words >> 7 & 31, 0)
    base, added = _base_and_offset(words)
    uppers = np.flatnonzero(register)
    open_pairs = np.ones(len(uppers), np.bool_)
    found: list[Mentions] = []
    for distance in range(1, _PAIR_WINDOW_INSTRUCTIONS + 1):
        candidate = np.minimum(uppers + distance, len(words) - 1)
        open_pairs &= uppers + distance < len(words)
        fits = open_pairs & (base[candidate] == register[uppers])
        targets = (value[uppers[fits]] + added[candidate[fits]]) & 0xFFFFFFFF
        is_call = opcode[candidate[fits]] == _JALR
        for kind, chosen in ((Kind.BRANCH, is_call), (Kind.ADDRESS, ~is_call)):
            found.append(mentions(section, sites[uppers[fits]][chosen], targets[chosen], kind))
        open_pairs &= register[candidate] != register[uppers]
    return joined(found)


def _base_and_offset(words: Integers) -> tuple[Integers, Integers]:
    """The register that an instruction adds a constant to, -1 for one that does not, and the constant."""
    opcode, operation = words & 0x7F, words >> 12 & 7
    stores = (opcode == _STORE) | (opcode == _STORE_FLOAT)
    adds = (opcode == _LOAD) | (opcode == _LOAD_FLOAT) | ((opcode == _ADDI) | (opcode == _JALR)) & (operation == 0)
    immediate = np.where(stores, (words >> 25) << 5 | words >> 7 & 31, words >> 20)
    return np.where(stores | adds, words >> 15 & 31, -1), signed(immediate, 12)
