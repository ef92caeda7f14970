"""The numbers of DWARF that are read here (sections 7.5 and 7.22), by their names in the standard."""

from enum import IntEnum


class Tag(IntEnum):
    """What an entry describes."""

    INLINED_SUBROUTINE = 0x1D
    SUBPROGRAM = 0x2E


class Attribute(IntEnum):
    """What a value says about its entry."""

    NAME = 0x03
    STMT_LIST = 0x10
    LOW_PC = 0x11
    HIGH_PC = 0x12
    COMP_DIR = 0x1B
    ABSTRACT_ORIGIN = 0x31
    DECL_FILE = 0x3A
    DECL_LINE = 0x3B
    SPECIFICATION = 0x47
    RANGES = 0x55
    CALL_FILE = 0x58
    CALL_LINE = 0x59
    LINKAGE_NAME = 0x6E
    STR_OFFSETS_BASE = 0x72
    ADDR_BASE = 0x73
    RNGLISTS_BASE = 0x74
    MIPS_LINKAGE_NAME = 0x2007


class Form(IntEnum):
    """How a value is stored."""

    ADDR = 0x01
    BLOCK2 = 0x03
    BLOCK4 = 0x04
    DATA2 = 0x05
    DATA4 = 0x06
    DATA8 = 0x07
    STRING = 0x08
    BLOCK = 0x09
    BLOCK1 = 0x0A
    DATA1 = 0x0B
    FLAG = 0x0C
    SDATA = 0x0D
    STRP = 0x0E
    UDATA = 0x0F
    REF_ADDR = 0x10
    REF1 = 0x11
    REF2 = 0x12
    REF4 = 0x13
    REF8 = 0x14
    REF_UDATA = 0x15
    INDIRECT = 0x16
    SEC_OFFSET = 0x17
    EXPRLOC = 0x18
    FLAG_PRESENT = 0x19
    STRX = 0x1A
    ADDRX = 0x1B
    REF_SUP4 = 0x1C
    STRP_SUP = 0x1D
    DATA16 = 0x1E
    LINE_STRP = 0x1F
    REF_SIG8 = 0x20
    IMPLICIT_CONST = 0x21
    LOCLISTX = 0x22
    RNGLISTX = 0x23
    REF_SUP8 = 0x24
    STRX1 = 0x25
    STRX2 = 0x26
    STRX3 = 0x27
    STRX4 = 0x28
    ADDRX1 = 0x29
    ADDRX2 = 0x2A
    ADDRX3 = 0x2B
    ADDRX4 = 0x2C
    GNU_ADDR_INDEX = 0x1F01
    GNU_STR_INDEX = 0x1F02
    GNU_REF_ALT = 0x1F20
    GNU_STRP_ALT = 0x1F21


class UnitType(IntEnum):
    """What a unit of DWARF 5 is."""

    COMPILE = 0x01
    TYPE = 0x02
    PARTIAL = 0x03
    SKELETON = 0x04
    SPLIT_COMPILE = 0x05
    SPLIT_TYPE = 0x06


class LineContent(IntEnum):
    """What a column of the file table says (section 7.22)."""

    PATH = 0x01
    DIRECTORY_INDEX = 0x02


class RangeList(IntEnum):
    """An entry of .debug_rnglists (section 7.25)."""

    END_OF_LIST = 0x00
    BASE_ADDRESSX = 0x01
    STARTX_ENDX = 0x02
    STARTX_LENGTH = 0x03
    OFFSET_PAIR = 0x04
    BASE_ADDRESS = 0x05
    START_END = 0x06
    START_LENGTH = 0x07


class LineOpcode(IntEnum):
    """A standard instruction of a line number program (section 6.2.5.2)."""

    COPY = 0x01
    ADVANCE_PC = 0x02
    ADVANCE_LINE = 0x03
    SET_FILE = 0x04
    CONST_ADD_PC = 0x08
    FIXED_ADVANCE_PC = 0x09


class ExtendedOpcode(IntEnum):
    """An extended instruction of a line number program (section 6.2.5.3)."""

    END_SEQUENCE = 0x01
    SET_ADDRESS = 0x02
