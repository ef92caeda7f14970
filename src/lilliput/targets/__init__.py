"""The targets, and how to find one by its name."""

import difflib
from pathlib import Path

from lilliput.errors import UsageError
from lilliput.targets import cortex_m0plus, cortex_m3, cortex_m4, cortex_m7, cortex_m33, host, rv32imc
from lilliput.targets.target import Architecture, Target

__all__ = ["ALL", "FOLDER", "LINE_BUFFER", "Architecture", "Target", "find"]

FOLDER = Path(__file__).parent
"""Where the C files and the linker script lie that `Target.startup` and the build name."""

LINE_BUFFER = 0x50000000
"""Where the bare-metal image finds the rows that it pushes, as in a camera's line buffer: neither flash nor RAM."""

ALL: tuple[Target, ...] = (
    host.TARGET,
    cortex_m0plus.TARGET,
    cortex_m3.TARGET,
    cortex_m4.TARGET,
    cortex_m7.TARGET,
    cortex_m33.TARGET,
    rv32imc.TARGET,
)


def find(name: str) -> Target:
    """The target called `name`. Raises UsageError, with the names that are nearest to it, when there is none."""
    targets = {target.name: target for target in ALL}
    if name in targets:
        return targets[name]
    near = difflib.get_close_matches(name.lower().replace("_", "-"), targets, n=3) or list(targets)
    raise UsageError(f'there is no target "{name}"', advice=f"Choose one of: {', '.join(near)}.")
