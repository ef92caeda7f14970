"""Compile every kernel and runtime file alone, as C99 with all warnings as errors, for the cores it is made for."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lilliput
from lilliput import targets
from lilliput.errors import ToolError
from lilliput.toolchain.compiler import compile_object

PACKAGE = Path(lilliput.__file__).parent
FLAGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wundef", "-Wvla", "-pedantic", "-Werror")
TARGETS = {"armv7em": ("cortex-m4", "cortex-m33"), "thumb1": ("cortex-m0plus",), "thumb2": ("cortex-m3",)}
"""What the last part of a file's name says; any other file is made for all cores."""
SMALL_CORES = ("cortex-m0plus", "rv32imc")


def sources() -> list[Path]:
    """Every C file that can become a part of generated code."""
    return sorted([*PACKAGE.glob("operators/*/*.c"), *PACKAGE.glob("encodings/*/*.c"), *PACKAGE.glob("runtime/*.c")])


def targets_of(source: Path) -> tuple[str, ...]:
    """The cores that a file must compile for."""
    return TARGETS.get(source.stem.rpartition("_")[2], SMALL_CORES)


def compile_alone(source: Path, target: str) -> str:
    """The compiler's complaint; empty when it has none."""
    flags = (*FLAGS, f"-I{PACKAGE / 'runtime'}")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "kernel.o"
        try:
            compile_object(source, output, targets.find(target), toolchain="zig", optimize="size", flags=flags)
        except ToolError as error:
            return f"{source.name} for {target}:\n{error.advice}\n"
    return ""


def main() -> None:
    """Compile all and exit with 1 when one complains."""
    jobs = [(source, target) for source in sources() for target in targets_of(source)]
    with ThreadPoolExecutor() as pool:
        complaints = list(filter(None, pool.map(lambda job: compile_alone(*job), jobs)))
    print("".join(complaints), end="")
    print(f"{len(sources())} kernel files compiled alone, {len(complaints)} complaints")
    sys.exit(bool(complaints))


if __name__ == "__main__":
    main()
