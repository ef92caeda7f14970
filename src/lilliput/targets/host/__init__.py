"""The machine that Lilliput runs on. Its bare-metal image is only measured; code runs in ordinary programs."""

import platform

from lilliput.targets.target import Architecture, Target

_ZIG_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_MACHINE = platform.machine().lower()

TARGET = Target(
    name="host",
    architecture=Architecture.HOST,
    description="The machine that Lilliput runs on.",
    gcc="",
    gcc_flags=("-fno-pie", "-no-pie", "-static"),
    zig_flags=("-target", f"{_ZIG_MACHINES.get(_MACHINE, _MACHINE)}-freestanding-none"),
    emulator_model=0,
    startup=("startup.c", "memory.c"),
    entry="reset",
    flash_origin=0x400000,
)
