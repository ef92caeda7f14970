"""What a target is: data that the toolchain and the emulator need. One folder per target holds its `TARGET`."""

from dataclasses import dataclass
from enum import Enum


class Architecture(Enum):
    """Families of instruction sets."""

    HOST = "host"
    ARM = "arm"
    RISCV = "riscv"


@dataclass(frozen=True, slots=True)
class Target:
    """A compilation target.

    `gcc_flags`/`zig_flags` choose the instruction set; `gcc` is the cross compiler's command prefix ("" on the host).
    `emulator_model` is the CPU that Unicorn runs. Flash and RAM origins are those of the bare-metal image.
    `startup` and `linker_script` name files in the target's folder or a shared one next to it.
    """

    name: str
    architecture: Architecture
    description: str
    gcc: str
    gcc_flags: tuple[str, ...]
    zig_flags: tuple[str, ...]
    emulator_model: int
    startup: str
    linker_script: str
    flash_origin: int = 0
    ram_origin: int = 0x20000000
