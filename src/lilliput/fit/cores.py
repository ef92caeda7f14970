"""A chip's core -> what stands for it: a target of Lilliput's, measured images of TFLM, cycles an instruction.

Cycles are a range. Its lower end is how many instructions the core issues in a cycle at most; its upper end is an
assumption for code that loads, multiplies and branches, from the instruction timings in the cores' technical reference
manuals (loads of 2 cycles, taken branches of 2 to 3), with room for flash that the core waits for.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Core:
    """`images` begins the names of TFLM's configurations that were measured on the core nearest to this one.

    `exact` says that both stand for this core; else `target` and `images` are the nearest there are. `images` is ""
    where TFLM has no port. `cmsis_nn` says whether CMSIS-NN runs there.
    """

    target: str
    images: str
    cmsis_nn: bool
    exact: bool
    cycles_per_instruction: tuple[float, float]


_ARM_SMALL, _ARM_DSP = (1.0, 2.5), (1.0, 2.0)

CORES: Mapping[str, Core] = {
    "cortex-m0": Core("cortex-m0plus", "m0p", cmsis_nn=True, exact=True, cycles_per_instruction=_ARM_SMALL),
    "cortex-m0plus": Core("cortex-m0plus", "m0p", cmsis_nn=True, exact=True, cycles_per_instruction=_ARM_SMALL),
    "cortex-m23": Core("cortex-m0plus", "m0p", cmsis_nn=True, exact=True, cycles_per_instruction=_ARM_SMALL),
    "cortex-m3": Core("cortex-m3", "m0p", cmsis_nn=True, exact=False, cycles_per_instruction=_ARM_DSP),
    "cortex-m4": Core("cortex-m4", "m4", cmsis_nn=True, exact=True, cycles_per_instruction=_ARM_DSP),
    "cortex-m7": Core("cortex-m7", "m4", cmsis_nn=True, exact=True, cycles_per_instruction=(0.5, 2.0)),
    "cortex-m33": Core("cortex-m33", "m4", cmsis_nn=True, exact=True, cycles_per_instruction=_ARM_DSP),
    "cortex-m55": Core("cortex-m33", "m55", cmsis_nn=True, exact=True, cycles_per_instruction=(0.5, 2.0)),
    "cortex-m85": Core("cortex-m33", "m55", cmsis_nn=True, exact=True, cycles_per_instruction=(0.33, 2.0)),
    "rv32imc": Core("rv32imc", "m0p", cmsis_nn=False, exact=False, cycles_per_instruction=(1.0, 3.0)),
    "rv32imac": Core("rv32imc", "m0p", cmsis_nn=False, exact=False, cycles_per_instruction=(1.0, 3.0)),
    "rv32imafc": Core("rv32imc", "m0p", cmsis_nn=False, exact=False, cycles_per_instruction=(1.0, 3.0)),
    "rv32ec": Core("rv32imc", "m0p", cmsis_nn=False, exact=False, cycles_per_instruction=(1.0, 3.0)),
    "xtensa-lx6": Core("cortex-m33", "m4", cmsis_nn=False, exact=False, cycles_per_instruction=(1.0, 3.0)),
    "xtensa-lx7": Core("cortex-m33", "m4", cmsis_nn=False, exact=False, cycles_per_instruction=(1.0, 3.0)),
    "avr8": Core("cortex-m0plus", "", cmsis_nn=False, exact=False, cycles_per_instruction=(1.0, 2.0)),
}
"""Every core of the catalogue, and what is taken for it."""

UNKNOWN_CORE = Core("cortex-m0plus", "m0p", cmsis_nn=False, exact=False, cycles_per_instruction=(1.0, 3.0))
"""What is taken for a core of a user's own chip that is not among `CORES`."""


def core_of(name: str) -> Core:
    """What stands for the core with this name."""
    return CORES.get(name, UNKNOWN_CORE)
