"""Arm Cortex-M3: ARMv7-M."""

from lilliput.targets.target import Architecture, Target

TARGET = Target(
    name="cortex-m3",
    architecture=Architecture.ARM,
    description="Arm Cortex-M3: ARMv7-M.",
    gcc="arm-none-eabi-",
    gcc_flags=("-mcpu=cortex-m3", "-mthumb", "-mfloat-abi=soft"),
    zig_flags=("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m3", "-mfloat-abi=soft"),
    emulator_model=8,
    startup=("cortex_m.c", "startup.c", "memory.c"),
    entry="reset",
    flash_origin=0,
    features=frozenset({"thumb2"}),
)
