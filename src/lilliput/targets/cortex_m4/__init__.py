"""Arm Cortex-M4: ARMv7E-M with DSP instructions, floating point in software."""

from lilliput.targets.target import Architecture, Target

TARGET = Target(
    name="cortex-m4",
    architecture=Architecture.ARM,
    description="Arm Cortex-M4: ARMv7E-M with DSP instructions, floating point in software.",
    gcc="arm-none-eabi-",
    gcc_flags=("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft"),
    zig_flags=("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4", "-mfloat-abi=soft"),
    emulator_model=9,
    startup=("cortex_m.c", "startup.c", "memory.c"),
    entry="reset",
    flash_origin=0,
    features=frozenset({"thumb2", "dsp"}),
)
