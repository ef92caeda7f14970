"""Thumb and A32 machine code -> the addresses that its instructions form (Armv7-M Architecture Reference Manual, A7.7).

Every encoding is tested on all halfwords at once; words of literal pools are found elsewhere, as data.
"""

import numpy as np
from numpy.typing import NDArray

from lilliput.firmware.references.mentions import Integers, Kind, Mentions, joined, mentions

_PAIR_WINDOW_INSTRUCTIONS = 16
"""How far a compiler's scheduler moves MOVT from its MOVW."""


def thumb_mentions(section: int, code: Integers, start: int) -> Mentions:
    """What the halfwords `code`, which run from address `start` on, branch to and which addresses they put together."""
    begins = instruction_starts(code, (code >> 11) >= 0b11101)
    positions = np.flatnonzero(begins)
    first = code[positions]
    second = np.append(code, 0)[positions + 1]
    sites = start + 2 * positions
    return joined(
        [
            _wide_branches(section, sites, first, second),
            _narrow_branches(section, sites, first),
            _moved_constants(section, sites, first, second),
        ]
    )


def instruction_starts(code: Integers, looks_wide: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which halfwords begin an instruction; one that `looks_wide` does so only where it is no second half itself.

    In a run of halfwords that look wide every other one is a second half, and so may be the one behind the run.
    """
    positions = np.arange(len(code))
    run_starts = np.maximum.accumulate(np.where(looks_wide, -1, positions)) + 1
    in_run = positions - run_starts
    begins = in_run % 2 == 0
    before = np.concatenate([[0], in_run[:-1]])
    ends_run = ~looks_wide & np.concatenate([[False], looks_wide[:-1]])
    return np.where(looks_wide, begins, ~ends_run | (before % 2 == 1))


def a32_mentions(section: int, code: Integers, start: int) -> Mentions:
    """The same for words of the 32-bit instruction set: B, BL and BLX (immediate)."""
    branches = (code >> 25) & 7 == 0b101
    sites = start + 4 * np.flatnonzero(branches)
    halfword = ((code >> 28) == 15) * ((code >> 24) & 1) * 2
    targets = sites + 8 + 4 * signed(code[branches] & 0xFFFFFF, 24) + halfword[branches]
    return mentions(section, sites, targets, Kind.BRANCH)


def signed(values: Integers, bits: int) -> Integers:
    """Two's complement numbers of `bits` bits."""
    return values - ((values >> (bits - 1)) << bits)


def _wide_branches(section: int, sites: Integers, first: Integers, second: Integers) -> Mentions:
    """BL (T1), BLX (T2), B.W (T4) and B<c>.W (T3)."""
    is_branch = (first >> 11 == 0b11110) & (second >> 15 == 1)
    sites, first, second = sites[is_branch], first[is_branch], second[is_branch]
    sign, bit_1, bit_2 = first >> 10 & 1, second >> 13 & 1, second >> 11 & 1
    low = (second & 0x7FF) << 1
    near = sign << 20 | bit_2 << 19 | bit_1 << 18 | (first & 0x3F) << 12 | low
    far = sign << 24 | (1 ^ bit_1 ^ sign) << 23 | (1 ^ bit_2 ^ sign) << 22 | (first & 0x3FF) << 12 | low
    links, is_far = second >> 14 & 1, second >> 12 & 1
    from_arm = (links == 1) & (is_far == 0)
    base = np.where(from_arm, sites + 4 & ~3, sites + 4)
    targets = base + np.where((links | is_far) == 1, signed(far, 25), signed(near, 21))
    real = ((links | is_far) == 1) | ((first >> 7 & 7) != 7)
    return mentions(section, sites[real], targets[real], Kind.BRANCH)


def _narrow_branches(section: int, sites: Integers, first: Integers) -> Mentions:
    """B (T2) and B<c> (T1); conditions 14 and 15 are other instructions."""
    always = first >> 11 == 0b11100
    when = (first >> 12 == 0b1101) & ((first >> 9 & 7) != 7)
    targets = sites + 4 + np.where(always, signed(first & 0x7FF, 11), signed(first & 0xFF, 8)) * 2
    chosen = always | when
    return mentions(section, sites[chosen], targets[chosen], Kind.BRANCH)


def _moved_constants(section: int, sites: Integers, first: Integers, second: Integers) -> Mentions:
    """MOVW (T3) and the MOVT (T1) of the same register that completes it."""
    opcode = np.where(second >> 15 == 0, first & 0xFBF0, 0)
    register = second >> 8 & 15
    value = (first & 15) << 12 | (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF
    low = opcode == 0xF240
    tops = np.flatnonzero(opcode == 0xF2C0)
    bottoms = np.full(len(tops), -1)
    for distance in range(1, _PAIR_WINDOW_INSTRUCTIONS + 1):
        candidate = np.maximum(tops - distance, 0)
        fits = (bottoms < 0) & (tops >= distance) & low[candidate] & (register[candidate] == register[tops])
        bottoms[fits] = candidate[fits]
    tops, bottoms = tops[bottoms >= 0], bottoms[bottoms >= 0]
    return mentions(section, sites[bottoms], value[tops] << 16 | value[bottoms], Kind.ADDRESS)
