"""RISC-V, 32 bits: integers, multiplication and compressed instructions, floating point in software."""

from lilliput.targets.target import Architecture, Target

TARGET = Target(
    name="rv32imc",
    architecture=Architecture.RISCV,
    description="RISC-V, 32 bits: integers, multiplication and compressed instructions, floating point in software.",
    gcc="riscv64-unknown-elf-",
    gcc_flags=("-march=rv32imc", "-mabi=ilp32"),
    zig_flags=("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32+m+c"),
    emulator_model=0,
    startup=("riscv.c", "startup.c", "memory.c"),
    entry="entry",
    flash_origin=0x08000000,
    features=frozenset({"rv32"}),
)
