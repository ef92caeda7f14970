"""A real model on chips: what is compiled, what is predicted, what is left out."""

from pathlib import Path

import pytest

from lilliput import api
from lilliput.chips import search
from lilliput.errors import DoesNotFitError
from lilliput.fit import fit as fitting
from lilliput.fit.cores import CORES, UNKNOWN_CORE, core_of
from lilliput.fit.fit import fit_chip, survey
from lilliput.fit.framework import Absence, Framework, read_candidate, with_tflm
from lilliput.fit.surroundings import application, surroundings
from lilliput.targets import find
from lilliput.tflm.flash import configurations
from tests.cli.command import DIGITS
from tests.fit.chips import a_chip, a_framework


def test_every_core_of_the_catalogue_has_a_target_and_images() -> None:
    assert {chip.core for chip in search()} <= set(CORES)
    for core in (*CORES.values(), UNKNOWN_CORE):
        find(core.target)
        assert not core.images or f"{core.images}_ref_Os" in configurations()


def test_the_target_of_a_core_is_that_of_its_chips() -> None:
    assert all(core_of(chip.core).target == chip.target for chip in search() if chip.target)


def test_all_chips_compiles_once_a_target(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    def compile_(_: object, target: str, *__: object, **___: object) -> Framework | Absence:
        compiled.append(target)
        return a_framework()

    monkeypatch.setattr(fitting, "with_lilliput", compile_)
    chips = search()
    found = survey(DIGITS, chips, surroundings(), most=3)
    assert sorted(compiled) == sorted({chip.target for chip in chips if chip.target})
    assert found.fitting["lilliput"] > 1000
    assert [len(columns) for columns in found.smallest.values()] == [3, 3, 3]


def test_nothing_fits_beside_an_application_of_a_gibibyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "with_lilliput", lambda *_, **__: a_framework())  # pyright: ignore[reportUnknownArgumentType]
    found = survey(DIGITS, search(core="cortex-m4"), surroundings(own=application(1 << 30, 0)))
    with pytest.raises(DoesNotFitError, match="none of"):
        found.check()


def test_a_chip_without_a_port_of_tflm_says_so() -> None:
    found = tuple(with_tflm(read_candidate(DIGITS), core_of("avr8")))
    assert all(isinstance(each, Absence) and "no port" in each.reasons[0] for each in found)


def test_a_core_that_nobody_knows_gets_the_nearest_and_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "with_lilliput", lambda *_, **__: a_framework())  # pyright: ignore[reportUnknownArgumentType]
    found = fit_chip(DIGITS, a_chip(65536, core="transputer"), surroundings())
    assert "transputer is no target" in found.notes[0]
    assert [each.name for each in found.absences] == ["tflm-cmsis-nn"]


def test_a_baseline_firmware_counts_with_its_image_and_its_static_ram(tmp_path: Path) -> None:
    built = api.compile_model(DIGITS, tmp_path)
    share = surroundings(elf=built.image.elf).system
    assert share.flash_bytes == built.footprint.flash_bytes
    assert share.ram_bytes == built.footprint.arena_bytes + built.footprint.static_bytes


@pytest.mark.parametrize("model", ["keyword_svdf", "mnist_lstm_int8", "wakeword_okay_nabu_v2"])
def test_a_model_that_lilliput_does_not_support_is_still_fitted_with_tflm(model: str, shared_models: Path) -> None:
    found = api.fit(shared_models / f"{model}.tflite", "STM32F407VG")
    assert [each.framework.name for each in found.columns] == ["tflm-reference", "tflm-cmsis-nn"]
    assert found.absences[0].name == "lilliput"
    assert any("not supported" in reason for reason in found.absences[0].reasons)


def test_a_model_that_tflm_refuses_is_fitted_with_nothing(shared_models: Path) -> None:
    found = api.fit(shared_models / "kws_hybrid.tflite", "STM32F407VG")
    reasons = {each.name: each.reasons for each in found.absences}
    assert "quantise the activations" in reasons["tflm-reference"][0]
    with pytest.raises(DoesNotFitError):
        found.check()
