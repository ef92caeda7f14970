"""Shrink micro_speech (yes, no, unknown, silence) to 9,500 bytes of flash and count what it still hears.

Run as `python -m examples.shrink.speech`. Needs the folder `shared` beside the project, TFLM's interpreter and gcc.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from examples.shrink.ladder import SHARED, Task, climb, told
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.accuracy import Samples
from lilliput.accuracy.recordings import read_sound
from lilliput.ir import Graph

FLASH_BYTES = 9500
CLASSES = ("silence", "unknown", "yes", "no")
"""In the order of the model's outputs."""

_CLIP, _WINDOW, _STEP, _ROWS = 16000, 480, 320, 49
"""Samples at 16 kHz: one second, in windows of 30 ms every 20 ms."""
_OTHER_CLIPS = {"yes_1000ms": "yes", "no_1000ms": "no", "noise_1000ms": "silence", "silence_1000ms": "silence"}


def recordings(data: Path) -> list[tuple[Path, str, str]]:
    """The sounds with class and speaker: ten of each of 30 words, and TFLM's own."""
    words = sorted((data / "speech" / "speech_commands_v0.01_subset").glob("*/*.wav"))
    found = [(path, _class_of(path.parent.name), path.name.partition("_")[0]) for path in words]
    own = data / "speech" / "tflm_micro_speech"
    return found + [(own / f"{name}.wav", kind, name) for name, kind in _OTHER_CLIPS.items()]


def _class_of(word: str) -> str:
    return word if word in CLASSES else "unknown"


def features(sound: NDArray[np.int16], front_end: bytes, graph: Graph) -> NDArray[np.int8]:
    """What the model takes, by TFLM's audio front end, which starts anew for each sound."""
    clip = np.zeros(_CLIP, np.int16)
    clip[: len(sound)] = sound[:_CLIP]
    windows = [[clip[row * _STEP :][:_WINDOW].tobytes()] for row in range(_ROWS)]
    rows = oracles.run(oracles.default_oracle()[0], front_end, graph, windows)
    return np.frombuffer(b"".join(row for (row,) in rows), np.int8)


def samples(shared: Path) -> tuple[Samples, Samples]:
    """Two halves of the sounds, to tune on and to report on; no speaker is in both."""
    path = shared / "models" / "audio_preprocessor_int8.tflite"
    front_end, graph = path.read_bytes(), tflite.read(path)
    found = recordings(shared / "data")
    x = np.stack([features(read_sound(path), front_end, graph) for path, _, _ in found])
    y = np.array([CLASSES.index(kind) for _, kind, _ in found])
    first = halved([speaker for _, _, speaker in found])
    every = Samples(x, y, CLASSES, str(shared / "data" / "speech"))
    return every.part(np.flatnonzero(first)), every.part(np.flatnonzero(~first))


def halved(speakers: Sequence[str]) -> NDArray[np.bool_]:
    """Which sounds are of the first half: each speaker, those with most sounds first, joins the smaller half."""
    sizes, halves = [0, 0], dict[str, int]()
    for speaker, count in sorted(Counter(speakers).items(), key=lambda each: (-each[1], each[0])):
        halves[speaker] = sizes.index(min(sizes))
        sizes[halves[speaker]] += count
    return np.array([halves[speaker] == 0 for speaker in speakers])


def task(shared: Path) -> Task:
    """What is to be reached."""
    tuning, report = samples(shared)
    return Task(shared / "models" / "micro_speech.tflite", tuning, report, flash_bytes=FLASH_BYTES)


if __name__ == "__main__":
    print(told(climb(task(SHARED))))
