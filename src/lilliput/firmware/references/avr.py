"""AVR machine code -> the addresses that its instructions form (AVR Instruction Set Manual; ELF as GNU ld writes it).

Flash is addressed by words in jumps and in pointers to functions, by bytes where data is read from it; RAM begins at
0x800000 in the ELF file. An address in two immediate halves may mean any of the three, so all are mentioned.
"""

import numpy as np

from lilliput.firmware.references.mentions import Integers, Kind, Mentions, joined, mentions
from lilliput.firmware.references.thumb import instruction_starts, signed

_RAM = 0x800000
_PAIR_WINDOW_INSTRUCTIONS = 6
_LDI, _SUBI, _SBCI = 0xE000, 0x5000, 0x4000


def avr_mentions(section: int, code: Integers, start: int) -> Mentions:
    """What the halfwords `code`, which run from address `start` on, branch to and which addresses they put together."""
    far = (code & 0xFE0C) == 0x940C
    direct = (code & 0xFC0F) == 0x9000
    positions = np.flatnonzero(instruction_starts(code, far | direct))
    first, second = code[positions], np.append(code, 0)[positions + 1]
    sites = start + 2 * positions
    far, direct = far[positions], direct[positions]
    near = (first & 0xE000) == 0xC000
    pages = (first >> 4 & 31) << 17 | (first & 1) << 16
    return joined(
        [
            mentions(section, sites[far], 2 * (pages | second)[far], Kind.BRANCH),
            mentions(section, sites[near], sites[near] + 2 + 2 * signed(first[near] & 0xFFF, 12), Kind.BRANCH),
            mentions(section, sites[direct], _RAM + second[direct], Kind.ADDRESS),
            _pairs(section, sites, first),
        ]
    )


def avr_pointers(section: int, data: Integers, start: int) -> Mentions:
    """What 16-bit words anywhere in the bytes `data` may point to."""
    return _meanings(section, start + np.arange(len(data) - 1), data[1:] << 8 | data[:-1], Kind.POINTER)


def _pairs(section: int, sites: Integers, code: Integers) -> Mentions:
    """LDI of a low and LDI of a high half into the next register, or by way of one register, which a MOV empties.

    Or SUBI and SBCI, which take the negative address.
    """
    opcode, register = code & 0xF000, code >> 4 & 15
    value = code >> 4 & 0xF0 | code & 0x0F
    found: list[Mentions] = []
    for low, high, sign in ((_LDI, _LDI, 1), (_SUBI, _SBCI, -1)):
        bottoms = np.flatnonzero(opcode == low)
        for distance in range(1, _PAIR_WINDOW_INSTRUCTIONS + 1):
            bottoms = bottoms[bottoms + distance < len(code)]
            tops = bottoms + distance
            same = (register[tops] == register[bottoms]) & (distance == 2) & (sign == 1)
            fits = (opcode[tops] == high) & (same | (register[tops] == register[bottoms] + 1))
            targets = sign * (value[tops[fits]] << 8 | value[bottoms[fits]]) & 0xFFFF
            found.append(_meanings(section, sites[bottoms[fits]], targets, Kind.ADDRESS))
    return joined(found)


def _meanings(section: int, sites: Integers, values: Integers, kind: Kind) -> Mentions:
    """A 16-bit address as one of RAM, of bytes of flash and of words of flash."""
    return joined([mentions(section, sites, targets, kind) for targets in (values + _RAM, values, 2 * values)])
