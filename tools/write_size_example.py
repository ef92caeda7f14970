"""Build examples/size and write the output of every command in docs/size.md below it; --check says whether it is true.

Commands are the lines after "$ " in blocks marked `console`, and run in a copy of the example. Needs
arm-none-eabi-gcc.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs" / "size.md"
EXAMPLE = PROJECT / "examples" / "size"
MODEL = PROJECT / "examples" / "digits" / "digits.tflite"
_BLOCK = re.compile(r"^```console\n\$ (.*)\n(?:.*\n)*?```$", re.MULTILINE)
_WIDTH = 110


def filled(page: str) -> str:
    """The page with the output of its commands."""
    with TemporaryDirectory() as folder:
        work = Path(folder) / "size"
        shutil.copytree(EXAMPLE, work, ignore=shutil.ignore_patterns("build"))
        (work.parent / "digits").mkdir()
        shutil.copyfile(MODEL, work.parent / "digits" / MODEL.name)
        return with_output(page, work)


def with_output(page: str, work: Path) -> str:
    """The page with the output of its commands, run in the folder `work`."""
    return _BLOCK.sub(lambda block: f"```console\n$ {block[1]}\n{_output(block[1], work)}```", page)


def _output(command: str, work: Path) -> str:
    """What a command prints. `lilliput` is this project's, and make is quiet."""
    words = shlex.split(command)
    if words[0] == "lilliput":
        words[:1] = [sys.executable, "-c", "from lilliput.cli import main; main()"]
    if words[0] == "python":
        words[0] = sys.executable
    environment = {**os.environ, "COLUMNS": str(_WIDTH), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        words, cwd=work, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if words[0] == "make":
        done.check_returncode()
        return ""
    return done.stdout if done.stdout.endswith("\n") or not done.stdout else f"{done.stdout}\n"


def write(page: Path, filled: Callable[[str], str]) -> None:
    """Write a page with the output of its commands; with --check fail when it is not true."""
    old = page.read_text(encoding="utf-8")
    new = filled(old)
    if sys.argv[1:] == ["--check"]:
        sys.exit(f"{page} does not show what its commands print; run this without --check" if new != old else 0)
    page.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    write(PAGE, filled)
