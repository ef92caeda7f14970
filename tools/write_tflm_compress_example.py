"""Write the output of every command in docs/tflm-compress.md below it; --check says whether it is true.

Usage: python -m tools.write_tflm_compress_example [--check]

Commands run in a folder with models of the folder shared/models next to the project, or in LILLIPUT_SHARED.
"""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.write_size_example import PROJECT, with_output, write

PAGE = PROJECT / "docs" / "tflm-compress.md"
MODELS = ("vww_96.tflite", "anomaly_ad01.tflite")


def filled(page: str) -> str:
    """The page with the output of its commands."""
    shared = Path(os.environ.get("LILLIPUT_SHARED", PROJECT.parent / "shared"))
    with TemporaryDirectory() as folder:
        for model in MODELS:
            shutil.copy(shared / "models" / model, folder)
        return with_output(page, Path(folder))


if __name__ == "__main__":
    write(PAGE, filled)
