"""Write the output of every command in docs/quantize.md below it; --check says whether it is true.

Usage: python -m tools.write_quantize_example [--check]

Commands run in a folder with the float model and the calibration samples of examples/digits.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.write_size_example import MODEL, PROJECT, with_output, write

PAGE = PROJECT / "docs" / "quantize.md"
FILES = ("digits_float.tflite", "calibration.npz")


def filled(page: str) -> str:
    """The page with the output of its commands."""
    with TemporaryDirectory() as folder:
        for name in FILES:
            shutil.copy(MODEL.with_name(name), folder)
        return with_output(page, Path(folder))


if __name__ == "__main__":
    write(PAGE, filled)
