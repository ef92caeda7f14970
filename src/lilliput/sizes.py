"""Text -> numbers of bytes as people write them, `65536`, `64K`, `64 KiB`, `>=64K`; and back."""

import re
from dataclasses import dataclass

_LARGEST_BYTES = 1 << 40
_SIZE = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,6}))?\s*(?:([KMG])(?:I?B)?|B|BYTES?)?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_RANGE = re.compile(r"(>=|<=|=|>|<|)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SizeRange:
    """The sizes from `least_bytes` to `most_bytes`, both included."""

    least_bytes: int = 0
    most_bytes: int = _LARGEST_BYTES

    def __contains__(self, size_bytes: int) -> bool:
        return self.least_bytes <= size_bytes <= self.most_bytes


ANY_SIZE = SizeRange()


def parse_size(text: str) -> int:
    """Bytes; K, KB and KiB mean 1,024 of them, M and G 1,024 times more. Raises ValueError with a whole sentence."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no number of bytes; write 65536, 64K or 64 KiB")
    unit = _UNITS[(match[3] or "").upper()]
    fraction = match[2] or ""
    size_bytes, rest = divmod(int(match[1] + fraction) * unit, 10 ** len(fraction))
    if rest:
        raise ValueError(f"{text!r} is no whole number of bytes")
    if size_bytes > _LARGEST_BYTES:
        raise ValueError(f"{text!r} is more memory than any microcontroller has")
    return size_bytes


def size_text(size_bytes: int) -> str:
    """The size in the largest unit that divides it, such as `192K`; `parse_size` reads it back."""
    for unit in ("G", "M", "K"):
        if size_bytes and size_bytes % _UNITS[unit] == 0:
            return f"{size_bytes // _UNITS[unit]}{unit}"
    return str(size_bytes)


def parse_size_range(text: str) -> SizeRange:
    """The range that `>=64K`, `>64K`, `<=64K`, `<64K` or `=64K` means; without a sign at least that much.

    Raises ValueError with a whole sentence.
    """
    match = _RANGE.fullmatch(text.strip())
    sign, size_bytes = (match[1], parse_size(match[2])) if match else ("", parse_size(text))
    ranges = {
        "": SizeRange(least_bytes=size_bytes),
        ">=": SizeRange(least_bytes=size_bytes),
        ">": SizeRange(least_bytes=size_bytes + 1),
        "<=": SizeRange(most_bytes=size_bytes),
        "<": SizeRange(most_bytes=size_bytes - 1),
        "=": SizeRange(size_bytes, size_bytes),
    }
    return ranges[sign]
