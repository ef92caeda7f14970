"""Shrink magic_wand (five gestures) to 70 % of its flash and count the gestures that it still knows.

Run as `python -m examples.shrink.gestures`. Needs the folder `shared` beside the project, TFLM's interpreter and gcc.
"""

from pathlib import Path

import numpy as np
from examples.shrink.ladder import SHARED, Task, climb, told

from lilliput.accuracy import Samples
from lilliput.accuracy.recordings import read_table

SHARE = 0.7
CLASSES = ("AlohomoraCharm", "ArrestoMomentumCharm", "AvadaKedavra", "LocomotorCharm", "Revelio")
"""In the order of the model's outputs, and the names of the tables."""

_ROWS = 119
"""Of a gesture; a table has one gesture after the other."""
_LARGEST = np.array([4, 4, 4, 2000, 2000, 2000], np.float32)
"""Acceleration (g) and rate of turn (degrees a second) that the model takes as 1; it takes the opposite as 0."""


def samples(folder: Path) -> Samples:
    """The gestures of a folder with one table a class, scaled to 0 to 1 as the model was trained."""
    tables = [read_table(folder / f"{name}.csv") for name in CLASSES]
    gestures = [table.reshape(-1, _ROWS, len(_LARGEST)) for table in tables]
    y = np.repeat(np.arange(len(CLASSES)), [len(each) for each in gestures])
    return Samples((np.concatenate(gestures) / _LARGEST + 1) / 2, y, CLASSES, str(folder))


def task(shared: Path) -> Task:
    """What is to be reached."""
    data = shared / "data" / "imu" / "magic_wand"
    return Task(shared / "models" / "magic_wand.tflite", samples(data / "train"), samples(data / "test"), share=SHARE)


if __name__ == "__main__":
    print(told(climb(task(SHARED))))
