"""Budgets: what counts towards a limit, and who is named when it is exceeded."""

from dataclasses import replace
from pathlib import Path

import pytest

from lilliput.errors import DoesNotFitError, UsageError
from lilliput.firmware.budget import Contributor, Limit, Scope, Spending, check, measure, read_budget
from lilliput.firmware.firmware import Region
from tests.firmware.snapshots import entry, snapshot

FIRMWARE = snapshot(
    entry("g_model", 5000, group="model", section=".rodata"),
    entry("_ZN6tflite4InitEv", 700, demangled="tflite::Init()", group="framework"),
    entry("_ZN6tflite5arenaE", 0, 2048, demangled="tflite::arena", group="framework", section=".bss"),
    entry("main", 120),
    entry("counter", 4, 4, section=".data"),
)


def limits(folder: Path, text: str) -> tuple[Limit, ...]:
    path = folder / "lilliput.toml"
    path.write_text(text, encoding="utf-8")
    return read_budget(path)


def spending(folder: Path, text: str) -> Spending:
    (found,) = measure(FIRMWARE, limits(folder, text))
    return found


def test_every_kind_of_limit_is_read(tmp_path: Path) -> None:
    text = """
        [budget]
        flash = "1M"
        ram = 512
        [budget.regions]
        FLASH = "240K"
        [budget.groups]
        model = { flash = "5 KiB" }
        [budget.symbols]
        "arm_*" = { flash = 100, ram = "0" }
        [[rule]]
        group = "mine"
    """
    assert limits(tmp_path, text) == (
        Limit(Scope.TOTAL, "", "flash", 1 << 20),
        Limit(Scope.TOTAL, "", "ram", 512),
        Limit(Scope.REGION, "FLASH", "", 240 << 10),
        Limit(Scope.GROUP, "model", "flash", 5 << 10),
        Limit(Scope.SYMBOL, "arm_*", "flash", 100),
        Limit(Scope.SYMBOL, "arm_*", "ram", 0),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "budget = 3",
        "[budget]",
        "[budget]\nflash = -1",
        "[budget]\nflash = true",
        "[budget]\nflash = '16G'",
        "[budget]\nrom = 3",
        "[budget]\nregions = 3",
        "[budget.groups]\nmodel = 3",
        "[budget.groups]\nmodel = { rom = 3 }",
        "[budget",
    ],
)
def test_a_wrong_budget_is_refused_with_the_file_and_the_format(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"lilliput\.toml") as caught:
        limits(tmp_path, text)
    assert "[budget]" in caught.value.advice


def test_a_missing_budget_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing"):
        read_budget(tmp_path / "missing.toml")


def test_a_total_counts_everything_in_its_memory(tmp_path: Path) -> None:
    assert spending(tmp_path, "[budget]\nflash = 6000").used_bytes == 5824
    assert spending(tmp_path, "[budget]\nram = 6000").used_bytes == 2052


def test_a_group_counts_its_own_symbols(tmp_path: Path) -> None:
    found = spending(tmp_path, "[budget.groups]\nframework = { ram = 2000 }")
    assert (found.used_bytes, found.excess_bytes) == (2048, 48)


def test_a_group_counts_the_groups_below_it(tmp_path: Path) -> None:
    (limit,) = limits(tmp_path, "[budget.groups]\nruntime = { flash = 0 }")
    groups = ("runtime", "runtime/C", "runtime/C++", "runtimes")
    firmware = snapshot(*(entry(group, 10, group=group) for group in groups))
    assert measure(firmware, [limit])[0].used_bytes == 30


@pytest.mark.parametrize("pattern", ["tflite::*", "_ZN6tflite*"])
def test_a_pattern_counts_mangled_and_demangled_names(tmp_path: Path, pattern: str) -> None:
    assert spending(tmp_path, f'[budget.symbols]\n"{pattern}" = {{ flash = 700 }}').used_bytes == 700


def test_a_pattern_that_nothing_matches_costs_nothing(tmp_path: Path) -> None:
    assert spending(tmp_path, '[budget.symbols]\n"zephyr_*" = { flash = 0 }').used_bytes == 0


def test_a_region_counts_what_the_firmware_occupies_there_gaps_and_all(tmp_path: Path) -> None:
    gaps = replace(FIRMWARE, regions=(replace(FIRMWARE.regions[0], used_bytes=5900),))
    (found,) = measure(gaps, limits(tmp_path, "[budget.regions]\nFLASH = 5800"))
    assert (found.used_bytes, found.excess_bytes) == (5900, 100)


def test_initialised_data_counts_in_the_regions_of_flash_and_of_ram(tmp_path: Path) -> None:
    flash, ram = FIRMWARE.regions[0], Region("RAM", 0x2000_0000, 0, writable=True, used_bytes=2052)
    both = replace(FIRMWARE, regions=(flash, ram))
    found = measure(both, limits(tmp_path, "[budget.regions]\nFLASH = 1\nRAM = 1"))
    assert all(Contributor("counter", 4) in each.contributors for each in found)
    assert sum(each.size_bytes for each in found[1].contributors) == 2052


def test_a_region_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        spending(tmp_path, "[budget.regions]\nFLAHS = 1")
    assert "FLASH" in caught.value.advice


def test_limits_that_are_kept_to_the_byte_pass(tmp_path: Path) -> None:
    check(measure(FIRMWARE, limits(tmp_path, "[budget]\nflash = 5824\nram = 2052")))


def test_every_exceeded_limit_is_reported_with_its_largest_contributors(tmp_path: Path) -> None:
    text = "[budget]\nflash = 5823\nram = 9000\n[budget.groups]\nmodel = { flash = 1000 }"
    with pytest.raises(DoesNotFitError) as caught:
        check(measure(FIRMWARE, limits(tmp_path, text)))
    assert caught.value.exit_code == 5
    assert caught.value.fact.splitlines() == [
        "2 budgets are exceeded:",
        "  - total flash: 5,824 of 5,823 bytes, 1 too many; largest: g_model 5,000, tflite::Init() 700, "
        "main 120, counter 4",
        "  - group model, flash: 5,000 of 1,000 bytes, 4,000 too many; largest: g_model 5,000",
    ]
