"""Write the output of every command in docs/fit.md below it; --check says whether it is true.

Usage: python -m tools.write_fit_example [--check]

Commands run in a folder with the model of examples/digits and the files of examples/fit.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.write_size_example import with_output, write

_PROJECT = Path(__file__).parents[1]
_FILES = ("examples/digits/digits.tflite", "examples/fit/keywords.txt", "examples/fit/own-chip.toml")
PAGE = _PROJECT / "docs" / "fit.md"


def filled(page: str) -> str:
    """The page with the output of its commands."""
    with TemporaryDirectory() as folder:
        for file in _FILES:
            shutil.copy(_PROJECT / file, folder)
        return with_output(page, Path(folder))


if __name__ == "__main__":
    write(PAGE, filled)
