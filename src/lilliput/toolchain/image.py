"""Built images and their runs: frozen records of what a compiler and an emulator produced."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lilliput.codegen.csource import CSource
from lilliput.targets.target import Target


@dataclass(frozen=True, slots=True)
class Compiler:
    """The compiler that built an image: "zig" or "gcc", its version line and the flags that decide code size."""

    name: str
    version: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A linked bare-metal image with debug information.

    `elf` is the linked file, `binary` the bytes that would be flashed (objcopy -O binary of the loadable part).
    `source` is the C that it was built from; its compilation unit's file name is `<name>.c`.
    """

    elf: Path
    binary: bytes
    source: CSource
    target: Target
    compiler: Compiler


@dataclass(frozen=True, slots=True, eq=False)
class Executions:
    """How often each instruction was executed in one inference.

    `by_node[n][i]` is for node n (None: code that belongs to no node) and the instruction at `first_address + 2 * i`;
    `jumps[i]` says how often execution did not go on behind it.
    """

    first_address: int
    by_node: Mapping[int | None, NDArray[np.uint32]]
    jumps: NDArray[np.uint32]

    @property
    def total(self) -> NDArray[np.uint64]:
        """Those of all nodes and of nobody."""
        return np.stack(list(self.by_node.values())).sum(axis=0, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Run:
    """What running an image on the emulator gave.

    `outputs[i][j]` are the bytes of output j for input set i. `instructions` are those executed from the entry of
    NAME_run to its return, for the first input set; an instruction whose condition fails counts. `node_instructions`
    splits them by node index (key None: code that belongs to no node). `stack_bytes` is the deepest stack of set-up
    and of all inferences: to the lowest stack pointer at the beginning of a basic block, or the lowest changed byte.
    `executions` are those of the first input set, where they were asked for.
    """

    outputs: tuple[tuple[bytes, ...], ...]
    instructions: int
    node_instructions: Mapping[int | None, int]
    stack_bytes: int
    executions: Executions | None = None
