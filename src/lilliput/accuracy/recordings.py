"""One file -> one sample: sounds as int16, pictures as uint8, tables as float32."""

import csv
import wave
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput import extras
from lilliput.errors import UsageError

_MOST_BYTES = 1 << 28
"""Of one file."""


def _bounded(path: Path) -> Path:
    if path.stat().st_size > _MOST_BYTES:
        raise UsageError("the file is larger than 256 MB", str(path), "Cut it.")
    return path


def read_sound(path: Path) -> NDArray[np.int16]:
    """The samples of a 16-bit .wav file, (samples,) or (samples, channels). Raises UsageError."""
    try:
        with wave.open(str(_bounded(path)), "rb") as sound:
            if sound.getsampwidth() != 2:
                raise UsageError(f"the sound has {8 * sound.getsampwidth()} bits", str(path), "Convert it to 16 bits.")
            values = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.int16)
            channels = sound.getnchannels()
    except (wave.Error, EOFError, OSError) as error:
        raise UsageError(f"this is no sound file: {error}", str(path), "Give 16-bit PCM in a .wav file.") from error
    return values if channels == 1 else values[: len(values) // channels * channels].reshape(-1, channels)


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The pixels, (height, width, 1) or (height, width, 3). Raises UsageError; ToolError without Pillow."""
    extras.require("shrink")
    from PIL import Image

    try:
        with Image.open(_bounded(path)) as picture:
            mode = "L" if picture.mode in {"1", "L", "I", "I;16"} else "RGB"
            pixels = np.asarray(picture.convert(mode), np.uint8)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise UsageError(f"this is no picture: {error}", str(path), "Give a .png, .bmp or .jpg file.") from error
    return pixels if pixels.ndim == 3 else pixels[..., None]


def read_table(path: Path) -> NDArray[np.float32]:
    """The numbers, (rows, columns); a first row of names is passed over. Raises UsageError."""
    try:
        with _bounded(path).open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"this is no table: {error}", str(path), "Give a .csv file.") from error
    if rows and not all(map(_is_number, rows[0])):
        rows = rows[1:]
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]) or not all(map(_is_number, row)):
            raise UsageError(f"row {number + 1} is not {len(rows[0])} numbers", str(path), "Mend the table.")
    if not rows:
        raise UsageError("the table is empty", str(path), "Give a .csv file with numbers.")
    return np.array(rows, np.float32)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


READERS: Mapping[str, Callable[[Path], NDArray[Any]]] = {
    ".wav": read_sound,
    ".png": read_picture,
    ".bmp": read_picture,
    ".jpg": read_picture,
    ".jpeg": read_picture,
    ".csv": read_table,
}
"""By the ending of the file's name."""
