"""Arm Cortex-M33: ARMv8-M mainline with DSP instructions, floating point in software."""

from lilliput.targets.target import Architecture, Target

TARGET = Target(
    name="cortex-m33",
    architecture=Architecture.ARM,
    description="Arm Cortex-M33: ARMv8-M mainline with DSP instructions, floating point in software.",
    gcc="arm-none-eabi-",
    gcc_flags=("-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=soft"),
    zig_flags=("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m33+dsp", "-mfloat-abi=soft"),
    emulator_model=11,
    startup=("cortex_m.c", "startup.c", "memory.c"),
    entry="reset",
    flash_origin=0,
    features=frozenset({"thumb2", "dsp"}),
)
