"""CSource -> Image: write the generated C and link it into a minimal bare-metal program.

The program is start-up code, `main`, which calls NAME_run once, and the model. The same source, target and compiler
give the same bytes, wherever the build takes place.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from lilliput import targets
from lilliput.codegen.csource import CSource
from lilliput.errors import UsageError
from lilliput.targets import Target
from lilliput.toolchain.binary import raw_binary
from lilliput.toolchain.compiler import (
    Optimize,
    Toolchain,
    compile_object,
    compiler_command,
    compiler_version,
    size_flags,
    without_path,
)
from lilliput.toolchain.image import Compiler, Image
from lilliput.toolchain.process import run

SUPPORT_FOLDER = "target"
"""Where the files other than the model are compiled, as debug information names it."""

# Start-up code and the memory functions must not be compiled into calls of themselves.
_SUPPORT_FLAGS: dict[Toolchain, tuple[str, ...]] = {
    "zig": ("-fno-builtin",),
    "gcc": ("-fno-tree-loop-distribute-patterns",),
}
# The emulator calls NAME_finish where main would jump to it: both must need the same stack.
_PUSHING_FLAGS = ("-fno-optimize-sibling-calls",)
_LIBRARIES: dict[Toolchain, tuple[str, ...]] = {
    "zig": (),
    "gcc": ("-nostdlib", "-lgcc"),
}


def build_image(source: CSource, target: Target, *, toolchain: Toolchain, optimize: Optimize, directory: Path) -> Image:
    """Write NAME.h and NAME.c into `directory`, and link NAME.elf there.

    Raises ToolError when the compiler is missing or fails, UsageError when `directory` cannot be written.
    """
    compiler = Compiler(toolchain, compiler_version(target, toolchain), size_flags(target, toolchain, optimize))
    elf = directory / f"{source.name}.elf"
    write_source(source, directory)
    with TemporaryDirectory() as folder:
        work = Path(folder).resolve()
        model = work / f"{source.name}.o"
        compile_object(directory / f"{source.name}.c", model, target, toolchain=toolchain, optimize=optimize)
        _write_support(source, target, work)
        _link(source, target, toolchain, work)
        shutil.copyfile(work / "image.elf", elf)
    return Image(elf, raw_binary(elf), source, target, compiler)


def write_source(source: CSource, directory: Path) -> None:
    """Write NAME.h and NAME.c. Raises UsageError when `directory` cannot be written."""
    try:
        (directory / f"{source.name}.h").write_text(source.header, encoding="utf-8", newline="\n")
        (directory / f"{source.name}.c").write_text(source.source, encoding="utf-8", newline="\n")
    except OSError as error:
        advice = "Choose a folder that exists and that you may write."
        raise UsageError(f"the folder cannot be written: {error.strerror}", str(directory), advice) from error


def caller_arena_definition(source: CSource) -> str:
    """The C definition of the arena that the caller of a model owns, as `arena`; empty when the model has its own."""
    if not source.caller_arena:
        return ""
    prefix = source.name.upper()
    return f"static unsigned char arena[{prefix}_ARENA_BYTES] __attribute__((aligned({prefix}_ARENA_ALIGNMENT)));\n"


def _write_support(source: CSource, target: Target, work: Path) -> None:
    folder = work / SUPPORT_FOLDER
    folder.mkdir()
    for name in (*target.startup, "startup.h"):
        shutil.copyfile(targets.FOLDER / name, folder / name)
    origins = f"flash_origin = {target.flash_origin:#x};\nram_origin = {target.ram_origin:#x};\n"
    script = (targets.FOLDER / "link.ld").read_text(encoding="utf-8")
    (folder / "link.ld").write_text(origins + script, encoding="utf-8")
    argument = "arena" if source.caller_arena else ""
    (folder / "main.c").write_text(
        f'#include "../{source.name}.h"\n\n{caller_arena_definition(source)}void main(void);\n\n'
        f"void main(void)\n{{\n{_inference(source, argument)}}}\n",
        encoding="utf-8",
    )
    (work / f"{source.name}.h").write_text(source.header, encoding="utf-8")


def _inference(source: CSource, argument: str) -> str:
    """One inference in C; rows come from the line buffer of a camera, which is no RAM of the program's."""
    if source.row_input is None:
        return f"    {source.name}_run({argument});\n"
    before = f"{argument}, " if argument else ""
    return (
        f"    {source.name}_begin({argument});\n    for (int32_t row = 0; row < {source.row_input.rows}; row++)\n"
        f"        {source.name}_push_row({before}(const void *){targets.LINE_BUFFER:#x});\n"
        f"    {source.name}_finish({argument});\n"
    )


def _link(source: CSource, target: Target, toolchain: Toolchain, work: Path) -> None:
    kept = (*source.input_functions, *source.output_functions)
    command = [
        *compiler_command(target, toolchain),
        *size_flags(target, toolchain, "size"),
        *_SUPPORT_FLAGS[toolchain],
        *(_PUSHING_FLAGS if source.row_input else ()),
        *without_path(work),
        *(f"{SUPPORT_FOLDER}/{name}" for name in (*target.startup, "main.c")),
        f"{source.name}.o",
        "-Wl,--gc-sections",
        f"-Wl,-e,{target.entry}",
        *(f"-Wl,-u,{function}" for function in kept),
        "-T",
        f"{SUPPORT_FOLDER}/link.ld",
        *_LIBRARIES[toolchain],
        "-o",
        "image.elf",
    ]
    run(command, work)
