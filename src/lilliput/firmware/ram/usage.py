"""Files of -fstack-usage -> how much stack each function takes, as the compiler said."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lilliput.errors import UsageError

_CLONE = re.compile(r"\.(constprop|isra|part|lto_priv|cold)\b.*")
_SIZE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Usage:
    """`stack_bytes` of a function and, where it is not `bounded`, more that depends on data."""

    stack_bytes: int
    bounded: bool


def read_usages(files: Iterable[Path]) -> Mapping[str, Usage]:
    """What .su files say, by `usage_key`. Of functions with the same key the largest counts.

    Raises UsageError when a file is missing or of another kind.
    """
    found: dict[str, Usage] = {}
    for path in files:
        try:
            lines = path.read_text(errors="replace").splitlines()
        except OSError as error:
            raise UsageError(f"the file cannot be read: {error.strerror}", str(path), "Give .su files.") from error
        for number, line in enumerate(lines, 1):
            key, usage = _parse(line, f"{path}:{number}")
            known = found.get(key, usage)
            larger = max(known.stack_bytes, usage.stack_bytes)
            found[key] = Usage(larger, known.bounded and usage.bounded)
    return found


def usage_key(name: str) -> str:
    """What a function is called without its parameters, return type and the suffix of the compiler's copies."""
    head = _CLONE.sub("", name.replace(" [clone ", ".")).partition("(")[0]
    return head.split()[-1].lstrip("*&") if head.split() else name


def _parse(line: str, where: str) -> tuple[str, Usage]:
    """One line: file:line:column:function, bytes, and "static", "dynamic" or "dynamic,bounded", with tabs between."""
    place, _, rest = line.partition("\t")
    size, _, kind = rest.partition("\t")
    if not _SIZE.fullmatch(size) or not kind:
        raise UsageError("this line does not say what a function takes", where, "Give files of -fstack-usage.")
    name = re.sub(r"^.*?:\d+:(\d+:)?", "", place, count=1)
    return usage_key(name), Usage(int(size), kind != "dynamic")
