"""Write the output of every command in docs/tflm.md below it; --check says whether it is true.

Usage: python -m tools.write_tflm_example [--check]

Commands run in a folder with the model of examples/digits.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.write_size_example import MODEL, PROJECT, with_output, write

PAGE = PROJECT / "docs" / "tflm.md"


def filled(page: str) -> str:
    """The page with the output of its commands."""
    with TemporaryDirectory() as folder:
        shutil.copy(MODEL, folder)
        return with_output(page, Path(folder))


if __name__ == "__main__":
    write(PAGE, filled)
