"""A model's path -> the bytes of a .tflite file: read where it is one, converted where an extra can.

What a converter makes is read like any other file: it may be float or of integers.
"""

from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path

from lilliput import extras, tflite
from lilliput.errors import ModelError
from lilliput.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Converter:
    """The module of this package that converts, with a function `to_tflite`; `extra` brings what it imports."""

    module: str
    extra: str
    title: str


_KERAS = Converter("lilliput.convert.keras", "keras", "TensorFlow")
CONVERTERS: Mapping[str, Converter] = {
    ".keras": _KERAS,
    ".h5": _KERAS,
    ".pt2": Converter("lilliput.convert.torch", "torch", "litert-torch"),
    ".onnx": Converter("lilliput.convert.onnx", "onnx", "onnx2tf"),
}
"""By the ending of the file's name; a folder with saved_model.pb is TensorFlow's."""
_SAVED_MODEL = "saved_model.pb"


def converter_of(path: Path) -> Converter | None:
    """Who converts this file or folder; None where nobody has to."""
    return _KERAS if (path / _SAVED_MODEL).is_file() else CONVERTERS.get(path.suffix.lower())


def load(path: Path, *, progress: Progress = silent) -> bytes:
    """The model as a .tflite file. Raises what `tflite.load` raises; ToolError where the extra is not installed.

    Raises ModelError when the converter fails, with the first line of what it says.
    """
    converter = converter_of(path)
    if converter is None or not path.exists():
        return tflite.load(path)
    extras.require(converter.extra)
    progress(f"converting {path.name} with {converter.title}", 0, 1)
    try:
        with redirect_stdout(StringIO()):
            data: bytes = import_module(converter.module).to_tflite(path)
    except Exception as error:
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        fact = f"{converter.title} cannot convert the model: {reason}"
        raise ModelError(fact, str(path), "Convert it to .tflite yourself and give that.") from error
    return data
