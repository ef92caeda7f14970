"""The honest test of retained sizes: predict, take the reference away, link again, compare."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.firmware.builds import RECIPES, Recipe
from tests.firmware.references.relinking import (
    Comparison,
    compare,
    model_image,
    not_asked_for,
    replaced,
    small_program,
    virtual_functions,
    with_relocations,
)

SMALL = {
    "riscv": lambda: small_program("riscv"),
    "riscv, relocations": lambda: with_relocations(small_program("riscv")),
    "zig for riscv": lambda: small_program("zig-riscv"),
    "zig for arm": lambda: small_program("zig-arm"),
    "zig for arm, relocations": lambda: with_relocations(small_program("zig-arm")),
    "big-endian arm": lambda: small_program("arm-big-endian"),
    "avr": lambda: small_program("avr", "main"),
    "avr, relocations": lambda: with_relocations(small_program("avr", "main")),
}
LIBRARY = {
    "printf": ("arm", "snprintf", "main"),
    "printf, relocations": ("arm-relocations", "snprintf", "main"),
    "sorting by a pointer to a function": ("arm", "qsort", "main"),
    "long division": ("riscv", "__divdi3", "_start"),
    "C++'s delete": ("arm-cpp", "free", "main"),
    "C++'s new, with exceptions": ("arm-exceptions", "_Znwj", "main"),
    "abort, with unwinding tables": ("arm-exceptions", "abort", "main"),
}
ASKED_FOR = {"printf of floating point": ("arm-float", "_printf_float"), "a model": ("arm-model", "g_model")}


@pytest.mark.slow
@pytest.mark.parametrize("recipe", SMALL.values(), ids=SMALL)
@pytest.mark.parametrize("with_map", [True, False], ids=["map", "no map"])
def test_a_feature_behind_a_table_of_functions_saves_what_is_promised(
    recipe: Callable[[], Recipe], *, with_map: bool
) -> None:
    before = recipe()
    _agrees(compare(before, replaced(before, "filter_run", "scale"), "filter_run", with_map=with_map), least=300)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "symbol", "stand_in"), LIBRARY.values(), ids=LIBRARY)
def test_a_function_of_a_library_saves_what_is_promised(kind: str, symbol: str, stand_in: str) -> None:
    before = RECIPES[kind]
    _agrees(compare(before, replaced(before, symbol, stand_in), symbol), least=190)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "symbol"), ASKED_FOR.values(), ids=ASKED_FOR)
def test_what_only_the_command_line_of_the_linker_keeps_saves_what_is_promised(kind: str, symbol: str) -> None:
    before = RECIPES[kind]
    _agrees(compare(before, not_asked_for(before, symbol), symbol), least=6000)


@pytest.mark.slow
@pytest.mark.parametrize("relocations", [False, True])
def test_a_class_with_virtual_functions_saves_what_is_promised(*, relocations: bool) -> None:
    before = with_relocations(virtual_functions()) if relocations else virtual_functions()
    comparison = compare(before, replaced(before, "_Z6scalesv", "_Z11thermometerv"), "scales")
    _agrees(comparison, least=150)
    assert any("vtable" in each.name for each in comparison.removal.dropped)


@pytest.mark.slow
def test_a_compiled_model_saves_what_is_promised(tmp_path: Path) -> None:
    before = model_image(tmp_path)
    _agrees(compare(before, replaced(before, "digits_run", "main"), "digits_run"), least=3000)


def _agrees(comparison: Comparison, *, least: int) -> None:
    """Flash and RAM are right, and it is so much flash that this says something."""
    assert comparison.real[0] >= least
    assert comparison.agrees, (comparison.predicted, comparison.real)
