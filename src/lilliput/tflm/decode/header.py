"""The header that the ancillary tensor of every `TFLM_DECODE` output starts with, and what an encoding consists of.

16 bytes: the format, the version of the header (1), two reserved bytes, then twelve that belong to the format. Of those
all three formats use the first as their own version (1) and the second for parameters. What follows the header is thus
aligned as the buffer is, to 16 bytes. Source: tensorflow/lite/micro/compression/decode.py.
"""

from dataclasses import dataclass
from enum import Enum

from lilliput.errors import ModelError
from lilliput.tflite.tables import BAD_FILE

OPERATOR = "custom:TFLM_DECODE"
HEADER_BYTES = 16
_VERSION = 1
_FORMAT_AT, _VERSION_AT, _FORMAT_VERSION_AT, _PARAMETERS_AT = 0, 1, 4, 5


class Format(Enum):
    """The formats of TFLM, by their numbers in the header."""

    LUT = 0
    HUFFMAN = 1
    PRUNING = 2


@dataclass(frozen=True, slots=True)
class Encoded:
    """A constant in a format: the bytes of the encoded tensor and of the ancillary one, its header included."""

    format: Format
    data: bytes
    ancillary: bytes

    @property
    def size_bytes(self) -> int:
        """The bytes of both tensors."""
        return len(self.data) + len(self.ancillary)


def header(form: Format, *parameters: int) -> bytes:
    """The header of a format with its parameters, a byte each."""
    start = bytes((form.value, _VERSION, 0, 0, _VERSION, *parameters))
    return start.ljust(HEADER_BYTES, b"\0")


def read_header(ancillary: bytes) -> tuple[Format, bytes]:
    """The format and its parameters. Raises ModelError for a header that TFLM's kernels would not take."""
    if len(ancillary) < HEADER_BYTES:
        raise ModelError(f"the ancillary tensor has {len(ancillary)} bytes, fewer than its header", "", BAD_FILE)
    number = ancillary[_FORMAT_AT]
    if number not in {form.value for form in Format}:
        raise ModelError(f"the format {number} is none of TFLM's own", "", "Only TFLM's formats 0 to 2 can be read.")
    if ancillary[_VERSION_AT] != _VERSION or ancillary[_FORMAT_VERSION_AT] != _VERSION:
        raise ModelError("the format has another version than 1", "", "Only version 1 can be read.")
    return Format(number), ancillary[_PARAMETERS_AT:HEADER_BYTES]
