"""Estimates of cycles: the manuals' timings, instruction by instruction."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest

from lilliput import targets
from lilliput.codegen import CSource
from lilliput.profiling.cycles import CycleEstimate, estimate_cycles
from lilliput.toolchain.image import Compiler, Executions, Image

ADDS, LDR, STR, MULS, B, BL = 0x1840, 0x6808, 0x6008, 0x4348, 0xE7FE, (0xF7FF, 0xFFFE)
PUSH_3, POP_2_AND_PC, LDRD, SDIV, SMLAL = 0xB407, 0xBD03, (0xE9D0, 0x1200), (0xFB91, 0xF0F2), (0xFBC2, 0x0103)
Code = int | tuple[int, int]


def estimate(target: str, *code: Code, jumps: dict[int, int] | None = None) -> CycleEstimate | None:
    """Of code whose instructions are executed once each; instruction i jumps `jumps[i]` times."""
    halfwords: list[int] = []
    counts: list[int] = []
    jumped: list[int] = []
    for number, each in enumerate(code):
        words = each if isinstance(each, tuple) else (each,)
        halfwords += words
        counts += [1, *(0 for _ in words[1:])]
        jumped += [(jumps or {}).get(number, 0), *(0 for _ in words[1:])]
    binary = np.array(halfwords, "<u2").tobytes()
    image = Image(Path(), binary, cast("CSource", None), targets.find(target), Compiler("", "", ()))
    return estimate_cycles(image, Executions(0, {None: np.array(counts, np.uint32)}, np.array(jumped, np.uint32)))


@pytest.mark.parametrize(
    ("target", "code", "fewest", "most"),
    [
        ("cortex-m0plus", (ADDS, MULS), 2, 2),
        ("cortex-m0plus", (LDR, LDR), 4, 4),
        ("cortex-m0plus", (PUSH_3,), 4, 4),
        ("cortex-m4", (LDR,), 2, 2),
        ("cortex-m4", (LDR, LDR, STR), 4, 4),
        ("cortex-m4", (LDR, ADDS, LDR), 5, 5),
        ("cortex-m4", (LDRD,), 3, 3),
        ("cortex-m4", (SMLAL,), 1, 1),
        ("cortex-m3", (SMLAL,), 4, 7),
        ("cortex-m3", (SDIV,), 2, 12),
    ],
)
def test_cycles_are_those_of_the_manual(target: str, code: tuple[Code, ...], fewest: int, most: int) -> None:
    assert estimate(target, *code) == CycleEstimate(fewest, most)


@pytest.mark.parametrize(
    ("target", "code", "fewest", "most"),
    [
        ("cortex-m0plus", B, 2, 2),
        ("cortex-m0plus", BL, 3, 3),
        ("cortex-m0plus", POP_2_AND_PC, 6, 6),
        ("cortex-m4", B, 2, 4),
        ("cortex-m4", POP_2_AND_PC, 5, 7),
    ],
)
def test_a_jump_refills_the_pipeline(target: str, code: Code, fewest: int, most: int) -> None:
    assert estimate(target, code, jumps={0: 1}) == CycleEstimate(fewest, most)


@pytest.mark.parametrize("target", ["cortex-m7", "cortex-m33", "rv32imc"])
def test_cores_without_published_timings_have_no_estimate(target: str) -> None:
    assert estimate(target, ADDS) is None
