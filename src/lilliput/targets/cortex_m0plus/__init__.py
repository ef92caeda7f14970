"""Arm Cortex-M0+: ARMv6-M, no hardware division, no unaligned access."""

from lilliput.targets.target import Architecture, Target

TARGET = Target(
    name="cortex-m0plus",
    architecture=Architecture.ARM,
    description="Arm Cortex-M0+: ARMv6-M, no hardware division, no unaligned access.",
    gcc="arm-none-eabi-",
    gcc_flags=("-mcpu=cortex-m0plus", "-mthumb", "-mfloat-abi=soft"),
    zig_flags=("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0plus", "-mfloat-abi=soft"),
    emulator_model=7,
    startup=("cortex_m.c", "startup.c", "memory.c"),
    entry="reset",
    flash_origin=0,
    features=frozenset({"thumb1"}),
)
