"""Cycles of instructions, as the processors' manuals have them, for memory that answers at once.

Cortex-M0+: Technical Reference Manual (Arm DDI 0484), section 3.3, with the multiplier of one cycle. Cortex-M3: DDI
0337, section 3.3. Cortex-M4: DDI 0439, section 3.3.1. Arm publishes no such tables for Cortex-M7 and Cortex-M33, and
RISC-V cores differ.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cycles:
    """The fewest and the most cycles; those of loads and stores of lists grow by one for each register."""

    fewest: int
    most: int

    @staticmethod
    def exactly(cycles: int) -> "Cycles":
        """A time that does not vary."""
        return Cycles(cycles, cycles)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a core takes for what.

    `multiply` has patterns of mnemonics and their cycles, tried in order; what none matches takes one cycle. `refill`
    is what a jump adds. `transfer` are the cycles of a single load or store; where `pipelines`, one that follows
    another takes a cycle only. A list of n registers takes 1 + n, `pop_jump` more when it pops the program counter.
    """

    multiply: tuple[tuple[re.Pattern[str], Cycles], ...]
    refill: Cycles
    call_refill: Cycles
    transfer: Cycles
    pipelines: bool
    pop_jump: Cycles


_DIVIDE = (re.compile(r"[su]div"), Cycles(2, 12))
_PIPELINE_REFILL = Cycles(1, 3)

TIMINGS: Mapping[str, Timing] = {
    "cortex-m0plus": Timing(
        multiply=(),
        refill=Cycles.exactly(1),
        call_refill=Cycles.exactly(2),
        transfer=Cycles.exactly(2),
        pipelines=False,
        pop_jump=Cycles.exactly(2),
    ),
    "cortex-m3": Timing(
        multiply=(
            _DIVIDE,
            (re.compile(r"[su]mlal"), Cycles(4, 7)),
            (re.compile(r"[su]mull"), Cycles(3, 5)),
            (re.compile(r"ml[as]"), Cycles.exactly(2)),
        ),
        refill=_PIPELINE_REFILL,
        call_refill=_PIPELINE_REFILL,
        transfer=Cycles.exactly(2),
        pipelines=True,
        pop_jump=_PIPELINE_REFILL,
    ),
    "cortex-m4": Timing(
        multiply=(_DIVIDE,),
        refill=_PIPELINE_REFILL,
        call_refill=_PIPELINE_REFILL,
        transfer=Cycles.exactly(2),
        pipelines=True,
        pop_jump=_PIPELINE_REFILL,
    ),
}
"""By the name of the target."""

ASSUMPTIONS = (
    "memory without wait states, no interrupts, no contention on the bus; a refill of the pipeline takes from the "
    "fewest to the most cycles that the manual names"
)
