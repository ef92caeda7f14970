"""Sizes of TFLM's structures on a target, from the types of their fields.

A structure is written as a string with one letter for each field, in order: `b` one byte (bool, int8_t and
enumerations of one byte), `s` int16_t, `i` int32_t or int, `f` float, `q` int64_t, `d` double, `z` size_t, `p` pointer,
`e` plain enumeration. `|` pads to 8 bytes, where a structure inside begins or ends that has 64-bit fields. Spaces only
group. Source of the structures: the headers of TFLM 90b983c.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

INTEGER_BYTES = 4

_FIXED: Mapping[str, int] = {"b": 1, "s": 2, "i": 4, "f": 4, "q": 8, "d": 8}


@dataclass(frozen=True, slots=True)
class Abi:
    """How a compiler lays out structures: the bytes of a pointer and of an enumeration."""

    pointer_bytes: int
    enum_bytes: int

    def field(self, letter: str) -> int:
        """The bytes, and the alignment, of one field."""
        if letter in "pz":
            return self.pointer_bytes
        return self.enum_bytes if letter == "e" else _FIXED[letter]


ARM = Abi(pointer_bytes=4, enum_bytes=1)
"""Bare-metal Arm: enumerations take as few bytes as their values need."""
ILP32 = Abi(pointer_bytes=4, enum_bytes=4)
"""RISC-V, Xtensa and Arm with -fno-short-enums."""
LP64 = Abi(pointer_bytes=8, enum_bytes=4)
"""64-bit hosts."""

SINGLE_ARENA_BUFFER_ALLOCATOR = "pp ppppp z i"
GREEDY_MEMORY_PLANNER = "p ii pppp ii p b"
MICRO_ALLOCATOR = "p pppp b z p z"
BUILTIN_DATA_ALLOCATOR = "pp"
SUBGRAPH_ALLOCATIONS = "pp"
EVAL_TENSOR = "pp e"
NODE_AND_REGISTRATION = "pppppp z p"
TENSOR = "ep p p fi z ee b"
AFFINE_QUANTIZATION = "pp i"
SCRATCH_BUFFER_REQUEST = "z ii"
SCRATCH_BUFFER_HANDLE = "p"
ALLOCATION_INFO = "z p iii b"
PLANNER_RECORD = "iiii ii iii i"
"""BufferRequirements, two integers, a ListEntry and an offset."""
RESOURCE_VARIABLES = "p ii"
RESOURCE_VARIABLE = "ppp z b"

SCRATCH_REQUESTS_PER_NODE = 12
"""For how many requests of the next kernel the head has room."""


def alignment(structure: str, abi: Abi) -> int:
    """The alignment of a structure: that of its largest field."""
    return max((abi.field(letter) for letter in structure if letter not in " |"), default=1)


@cache
def size(structure: str, abi: Abi) -> int:
    """The bytes of a structure, padding included."""
    position = 0
    for letter in structure.replace(" ", ""):
        bytes_of_field = 8 if letter == "|" else abi.field(letter)
        position = align(position, bytes_of_field) + (0 if letter == "|" else bytes_of_field)
    return align(position, alignment(structure, abi))


def align(position: int, alignment_bytes: int) -> int:
    """The next multiple of the alignment."""
    return -(-position // alignment_bytes) * alignment_bytes


def int_array(length: int) -> int:
    """A TfLiteIntArray: its length and its values."""
    return 4 + 4 * length
