"""Generated files -> what compilers make of them, as a firmware engineer would use them, all warnings being errors."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import ziglang

from lilliput.codegen import CSource
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.pipeline import generate, prepare

OPTIONS = Options(target="host", name="net")
_ZIG_FOLDER = Path(ziglang.__file__).parent
_ZIG = (sys.executable, "-m", "ziglang")
COMPILERS = {
    "gcc": ("gcc",),
    "arm-none-eabi-gcc": ("arm-none-eabi-gcc",),
    "zig": (*_ZIG, "cc", "-fno-sanitize=undefined"),
    "clang": (*_ZIG, "clang", "-ffreestanding", "-nostdinc", f"-isystem{_ZIG_FOLDER / 'lib' / 'include'}"),
}
"""Zig's own driver compiles and links; the clang in it only checks (-fsyntax-only)."""
WARNINGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wcomment", "-Werror")


def generated(graph: Graph, options: Options = OPTIONS) -> CSource:
    """The C of a graph as it was read."""
    return generate(prepare(graph), options)[1]


def write(source: CSource, folder: Path) -> None:
    """Write the three files that a user gets."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{source.name}.h").write_text(source.header, encoding="utf-8")
    (folder / f"{source.name}.c").write_text(source.source, encoding="utf-8")
    (folder / "example_main.c").write_text(source.example_main, encoding="utf-8")


def run(command: Sequence[str], folder: Path) -> None:
    """Run a program in `folder`; fails with what it says."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def accept(compiler: str, folder: Path, *arguments: str | Path) -> None:
    """Compile in `folder`. Fails when there is a warning, skips when there is no such compiler."""
    command = COMPILERS[compiler]
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {compiler} on the PATH")
    run([*command, *WARNINGS, *map(str, arguments)], folder)
