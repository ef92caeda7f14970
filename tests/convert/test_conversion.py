"""Models of other frameworks: which converter takes which file, and what is said when it is not installed or fails."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lilliput import extras
from lilliput.convert import conversion, load
from lilliput.errors import ModelError, ToolError

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite"
FILES = {"a.keras": "keras", "a.h5": "keras", "a.pt2": "torch", "a.ONNX": "onnx"}


def test_a_tflite_file_is_read_as_it_is() -> None:
    assert load(DIGITS) == DIGITS.read_bytes()


@pytest.mark.parametrize(("name", "extra"), FILES.items())
def test_the_ending_says_which_extra_converts(name: str, extra: str) -> None:
    converter = conversion.converter_of(Path(name))
    assert converter is not None
    assert converter.extra == extra


def test_a_folder_with_a_saved_model_is_for_tensorflow(tmp_path: Path) -> None:
    assert conversion.converter_of(tmp_path) is None
    (tmp_path / "saved_model.pb").touch()
    converter = conversion.converter_of(tmp_path)
    assert converter is not None
    assert converter.extra == "keras"


@pytest.mark.parametrize("name", FILES)
def test_the_extra_that_is_missing_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).touch()
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(ToolError) as caught:
        load(tmp_path / name)
    assert f"lilliput[{FILES[name]}]" in caught.value.advice


def test_what_a_converter_says_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> bytes:
        raise RuntimeError("no such layer\nand a long traceback")

    (tmp_path / "a.onnx").touch()
    monkeypatch.setattr(extras, "find_spec", lambda _: True)
    monkeypatch.setattr(conversion, "import_module", lambda _: SimpleNamespace(to_tflite=fail))
    with pytest.raises(ModelError) as caught:
        load(tmp_path / "a.onnx")
    assert caught.value.fact == "onnx2tf cannot convert the model: no such layer"
