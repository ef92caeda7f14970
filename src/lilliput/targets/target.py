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
    `emulator_model` is the number of the CPU that Unicorn runs. `startup` names the C files, relative to the folder of
    targets, that the bare-metal image needs besides the model; its execution begins at the function `entry`. Flash and
    RAM of the image begin at `flash_origin` and `ram_origin`. `features` are what kernels may ask for: "thumb1" and
    "thumb2" are the instructions of Armv6-M and Armv7-M, "dsp" those of Armv7E-M besides, "rv32" those of RV32IM.
    """

    name: str
    architecture: Architecture
    description: str
    gcc: str
    gcc_flags: tuple[str, ...]
    zig_flags: tuple[str, ...]
    emulator_model: int
    startup: tuple[str, ...]
    entry: str
    flash_origin: int
    ram_origin: int = 0x20000000
    features: frozenset[str] = frozenset()
