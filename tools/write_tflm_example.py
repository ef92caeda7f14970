"""Write the output of every command in docs/tflm.md below it; --check says whether it is true.

Usage: python -m tools.write_tflm_example [--check]

Commands run in a folder with the model of examples/digits.
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.write_size_example import MODEL, PROJECT, with_output

PAGE = PROJECT / "docs" / "tflm.md"


def filled(page: str) -> str:
    """The page with the output of its commands."""
    with TemporaryDirectory() as folder:
        shutil.copy(MODEL, folder)
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
