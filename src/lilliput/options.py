"""What a user chooses about a build."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Options:
    """What a user chooses about a build; `compile` and `verify` take the same.

    `target` is a name of `targets.ALL`. `name` is the C name (the model file's stem by default). The arena is static
    in the generated file, or the caller's. The schedule interleaves layers row by row where that saves memory, or runs
    whole layers. The input lies in the arena as a whole or is pushed row by row. With `ram_bytes` the fastest plan is
    chosen whose firmware needs no more RAM than that, else the smallest that is found within about `plan_seconds`.
    All exact rewrites of `transforms.ALL` run but those that `without_transforms` names. `optimize` "size" encodes
    weights as long as an inference takes at most `max_slowdown` times the instructions that it takes with dense ones; 1
    leaves them dense. `fast_operators` have the fastest kernels that the core can run; None means all of them for
    "speed" and none for "size". "balanced" stands for the point between the two that is best within `flash_bytes`,
    `ram_bytes` and `max_instructions`; `frontier.resolve` finds it.
    """

    target: str = "cortex-m4"
    toolchain: Literal["zig", "gcc"] = "zig"
    optimize: Literal["size", "balanced", "speed"] = "size"
    name: str | None = None
    arena: Literal["static", "caller"] = "static"
    schedule: Literal["rows", "layers"] = "rows"
    input: Literal["whole", "rows"] = "whole"
    ram_bytes: int | None = None
    plan_seconds: float = 3.0
    without_transforms: tuple[str, ...] = ()
    max_slowdown: float = 4.0
    fast_operators: tuple[str, ...] | None = None
    flash_bytes: int | None = None
    max_instructions: int | None = None

    @property
    def compiled_for(self) -> Literal["size", "speed"]:
        """What the C compiler optimises for: what is balanced is small code around fast kernels."""
        return "speed" if self.optimize == "speed" else "size"


DEFAULT_OPTIONS = Options()
