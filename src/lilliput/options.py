"""What a user chooses about a build."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Options:
    """What a user chooses about a build; `compile` and `verify` take the same.

    `target` is a name of `targets.ALL`. `name` is the C name (the model file's stem by default). The arena is static
    in the generated file, or the caller's.
    """

    target: str = "cortex-m4"
    toolchain: Literal["zig", "gcc"] = "zig"
    optimize: Literal["size", "speed"] = "size"
    name: str | None = None
    arena: Literal["static", "caller"] = "static"
