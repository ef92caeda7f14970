"""The frontier: what no other build beats, by names that build it again, and the best point within budgets."""

from dataclasses import replace
from pathlib import Path

import pytest

from lilliput import tflite
from lilliput.choice.recipe import Recipe, parse
from lilliput.errors import DoesNotFitError, UsageError
from lilliput.frontier import Budgets, Frontier, Point, best, frontier, resolve
from lilliput.frontier.measurement import measure
from lilliput.options import Options
from lilliput.reports.frontier import chart
from tests.cli.command import DIGITS

GRAPH = tflite.read(DIGITS)


def point(name: str, flash: int, ram: int, instructions: int) -> Point:
    return Point(parse(name), flash, ram, instructions, {}, {})


SMALL, MIDDLE, FAST = point("size", 10, 5, 900), point("dense+conv_2d", 12, 6, 100), point("speed", 20, 9, 90)
FRONTIER = Frontier((SMALL, MIDDLE, FAST), "cortex-m4")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "lilliput" / "instructions"


@pytest.mark.parametrize("name", ["size", "dense", "speed", "dense+conv_2d+fully_connected", "size+depthwise_conv_2d"])
def test_a_name_is_read_back(name: str) -> None:
    assert parse(name).name == name


@pytest.mark.parametrize("name", ["", "small", "speed+conv_2d", "dense+softmax", "dense+"])
def test_a_name_of_no_point_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        parse(name)


def test_a_recipe_decides_kernels_encodings_and_the_compiler() -> None:
    options = Options(max_slowdown=3.0)
    fast = parse("dense+conv_2d").applied(options)
    assert (fast.optimize, fast.fast_operators, fast.max_slowdown) == ("size", ("conv_2d",), 1.0)
    assert parse("size").applied(options).max_slowdown == 3.0
    assert parse("speed").applied(options).compiled_for == "speed"


def test_one_point_beats_another_that_is_better_in_nothing() -> None:
    assert SMALL.beats(replace(SMALL, ram_bytes=6))
    assert not SMALL.beats(SMALL)
    assert not SMALL.beats(FAST)


def test_the_budget_of_flash_gives_the_fastest_and_that_of_instructions_the_smallest() -> None:
    assert best(FRONTIER, Budgets(flash_bytes=15), "net") == MIDDLE
    assert best(FRONTIER, Budgets(flash_bytes=25), "net") == FAST
    assert best(FRONTIER, Budgets(instructions=500), "net") == MIDDLE
    assert best(FRONTIER, Budgets(ram_bytes=5), "net") == SMALL
    assert best(FRONTIER, Budgets(), "net") == MIDDLE


def test_budgets_that_nothing_meets_name_the_nearest_point() -> None:
    with pytest.raises(DoesNotFitError, match=r"dense\+conv_2d comes nearest") as error:
        best(FRONTIER, Budgets(flash_bytes=11, instructions=110), "net")
    assert error.value.exit_code == 5


def test_budgets_without_balanced_are_refused() -> None:
    with pytest.raises(UsageError, match="budgets"):
        resolve(GRAPH, Options(max_instructions=5))
    assert resolve(GRAPH, Options()) == Options()


def test_the_host_has_no_frontier() -> None:
    with pytest.raises(UsageError, match="emulator"):
        frontier(GRAPH, Options(target="host"))


def test_the_points_of_a_model_are_measured_and_none_beats_another() -> None:
    found = frontier(GRAPH, Options(plan_seconds=0.0))
    flash = [each.flash_bytes for each in found.points]
    assert flash == sorted(flash)
    assert len(found.points) > 1
    assert not any(one.beats(other) for one in found.points for other in found.points)
    again = measure(GRAPH, Options(plan_seconds=0.0), found.points[-1].recipe)
    assert again.figures == found.points[-1].figures


def test_what_was_emulated_once_is_remembered(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = measure(GRAPH, Options(plan_seconds=0.0), Recipe("dense"))
    assert len(list(cache.iterdir())) == 1

    def fail(*_: object) -> None:
        raise AssertionError("emulated again")

    monkeypatch.setattr("lilliput.frontier.measurement.count_instructions", fail)
    assert measure(GRAPH, Options(plan_seconds=0.0), Recipe("dense")) == first


def test_a_damaged_cache_is_measured_again(cache: Path) -> None:
    first = measure(GRAPH, Options(plan_seconds=0.0), Recipe("dense"))
    (file,) = cache.iterdir()
    file.write_text("[1, 2", encoding="utf-8")
    assert measure(GRAPH, Options(plan_seconds=0.0), Recipe("dense")) == first


def test_the_chart_has_every_point_once() -> None:
    plotted = [line.partition("│")[2] for line in chart(FRONTIER) if "│" in line]
    assert sorted("".join(plotted).replace(" ", "")) == ["a", "b", "c"]


@pytest.mark.slow
@pytest.mark.usefixtures("arm_gcc")
def test_the_balanced_build_of_kws_is_small_and_fast(shared_models: Path) -> None:
    graph = tflite.read(shared_models / "kws.tflite")
    options = Options(toolchain="gcc", optimize="balanced", plan_seconds=0.0)
    chosen = resolve(graph, options)
    recipe = Recipe("dense" if chosen.max_slowdown <= 1 else "size", frozenset(chosen.fast_operators or ()))
    found = measure(graph, options, recipe)
    assert found.flash_bytes <= 33_500
    assert found.instructions <= 6_000_000
