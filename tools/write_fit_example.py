"""Write the output of every command in docs/fit.md below it; --check says whether it is true.

Usage: python -m tools.write_fit_example [--check]

Commands run in a folder with the model of examples/digits and the files of examples/fit.
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.write_size_example import with_output

_PROJECT = Path(__file__).parents[1]
_FILES = ("examples/digits/digits.tflite", "examples/fit/keywords.txt", "examples/fit/own-chip.toml")
PAGE = _PROJECT / "docs" / "fit.md"


def filled(page: str) -> str:
    """The page with the output of its commands."""
    with TemporaryDirectory() as folder:
        for file in _FILES:
            shutil.copy(_PROJECT / file, folder)
        return with_output(page, Path(folder))


def main() -> None:
    """Write the page, or fail when it is not true."""
    old = PAGE.read_text(encoding="utf-8")
    new = filled(old)
    if sys.argv[1:] == ["--check"]:
        sys.exit(f"{PAGE} does not show what its commands print; run this without --check" if new != old else 0)
    PAGE.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
