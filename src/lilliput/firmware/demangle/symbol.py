"""Symbol -> readable name, as c++filt prints it; the symbol itself where it is not mangled or cannot be read."""

import re
from functools import lru_cache

from lilliput.firmware.demangle.parser import Parser
from lilliput.firmware.demangle.text import UnreadableError

# What compilers append to copies of a function: .constprop.0, .isra.0, .part.0, .lto_priv.1, .cold.
_CLONE = re.compile(r"\.[A-Za-z_]+(?:\.\d+)*|\.\d+")
_CLONES = re.compile(rf"(?:{_CLONE.pattern})*")


@lru_cache(maxsize=1 << 16)
def demangled(symbol: str) -> str:
    """The C++ name of `symbol`, with a note for each kind of clone that it is."""
    if not symbol.startswith("_Z"):
        return symbol
    try:
        parser = Parser(symbol, start=2)
        name = parser.encoding()
    except UnreadableError:
        return symbol
    rest = symbol[parser.position :]
    if not _CLONES.fullmatch(rest):
        return symbol
    return name + "".join(f" [clone {clone}]" for clone in _CLONE.findall(rest))
