"""Models in firmware: found by content, named by symbols, cut out without a byte too many."""

from pathlib import Path

import pytest

from lilliput import tflite
from lilliput.firmware.accounting import account
from lilliput.firmware.embedded_model import UNNAMED, label_models
from lilliput.firmware.firmware import Source
from tests.firmware.accounts import ADDRESS, account_of, flash_range
from tests.firmware.builds import build

DIGITS = (Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite").read_bytes()


def test_a_model_has_the_name_and_the_size_of_its_symbol() -> None:
    data = b"code" + DIGITS + b"pads" + b"more"
    ranges = (flash_range("main", 4), flash_range("g_digits", len(DIGITS) + 4), flash_range("other", 4))
    firmware, (model,) = label_models(account_of(data, *ranges))
    assert (model.name, model.address, model.data.tobytes()) == ("g_digits", ADDRESS + 4, DIGITS + b"pads")
    assert [each.group for each in firmware.ranges] == ["", "model", ""]
    assert tflite.read_bytes(model.data.tobytes(), "digits").nodes


def test_a_model_that_nobody_names_is_cut_out_of_its_section() -> None:
    data = b"code" + DIGITS + b"more bytes"
    firmware, (model,) = label_models(account_of(data, flash_range("[.rodata]", len(data), Source.SECTION)))
    assert (model.name, model.data.tobytes()) == (UNNAMED, DIGITS)
    assert [(each.name, each.flash_bytes, each.source) for each in firmware.ranges] == [
        ("[.rodata]", 4, Source.SECTION),
        (UNNAMED, len(DIGITS), Source.CONTENT),
        ("[.rodata]", 10, Source.SECTION),
    ]
    assert [each.address - ADDRESS for each in firmware.ranges] == [0, 4, 4 + len(DIGITS)]
    assert (firmware.flash_bytes, firmware.unattributed_bytes) == (len(data), 14)


def test_a_symbol_that_holds_more_than_a_model_stays_whole() -> None:
    data = b"head" + DIGITS + b"tail"
    firmware, (model,) = label_models(account_of(data, flash_range("bundle", len(data))))
    assert (model.name, model.data.tobytes()) == ("bundle", DIGITS)
    assert [(each.name, each.flash_bytes, each.group) for each in firmware.ranges] == [("bundle", len(data), "model")]


def test_several_models_are_found_and_none_inside_another() -> None:
    data = DIGITS + DIGITS + b"TFL3" + DIGITS
    ranges = (
        flash_range("[.rodata]", len(DIGITS) + 100, Source.SECTION),
        flash_range("rest", len(data) - len(DIGITS) - 100),
    )
    firmware, models = label_models(account_of(data, *ranges))
    offsets = [model.address - ADDRESS for model in models]
    assert offsets == [0, len(DIGITS), 2 * len(DIGITS) + 4]
    assert [each.flash_bytes for each in firmware.ranges] == [len(DIGITS), 100, len(data) - len(DIGITS) - 100]
    assert {each.group for each in firmware.ranges} == {"model"}


def test_firmware_without_a_model_is_as_it_was() -> None:
    firmware = account_of(b"\x20\x00\x00\x00TFL3 is what the runtime compares with", flash_range("main", 42))
    assert label_models(firmware) == (firmware, ())


def test_a_model_that_was_linked_is_the_file_that_went_in() -> None:
    firmware, (model,) = label_models(account(build("arm-model")))
    assert (model.name, model.data.tobytes()) == ("g_model", DIGITS)
    assert sum(each.flash_bytes for each in firmware.ranges if each.group == "model") == len(DIGITS)


@pytest.mark.parametrize("kind", ["arm", "arm-stripped", "zig-plain", "avr"])
def test_firmware_of_other_kinds_has_no_model(kind: str) -> None:
    assert label_models(account(build(kind)))[1] == ()


def test_many_false_models_take_no_time() -> None:
    data = b"\x20\x00\x00\x00TFL3" * 200_000
    firmware = account_of(data, flash_range("[.rodata]", len(data), Source.SECTION))
    assert label_models(firmware) == (firmware, ())
