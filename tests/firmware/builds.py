"""Kind of firmware -> ELF file with map and binary: what the tests of `firmware` look at, built once and kept.

`build(kind)` compiles and links the kind's sources and gives the path of KIND.elf. Next to it lie KIND.map where the
kind has a map, KIND.bin (`objcopy -O binary`), the sources, the objects and, for gcc, a `.su` file for each object. The
folder is named after everything that decides its content and is shared by all test processes; `make clean` removes it.
`link(recipe)` does the same for a recipe of one's own: `dataclasses.replace(RECIPES["arm"], link_flags=...)`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal

import pytest

SOURCES = Path(__file__).parent / "sources"
_KEPT = Path(__file__).parents[2] / "build" / "firmware"
_MODEL = Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite"
_ZIG = (sys.executable, "-P", "-m", "ziglang")

Toolchain = Literal["arm-none-eabi-", "riscv64-unknown-elf-", "avr-", "zig"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a firmware is built.

    `sources` are files of the folder `sources`; `library` lists those that go through "lib drivers.a". `texts` are more
    sources, as (file name, content), which replace files of the same name. `binaries` are the arguments of each call of
    objcopy that makes KIND.bin, KIND.1.bin, ...: several where the firmware has memories far apart. `binutils` is the
    prefix of objcopy and strip.
    """

    toolchain: Toolchain
    sources: tuple[str, ...]
    script: str
    machine_flags: tuple[str, ...]
    compile_flags: tuple[str, ...] = ("-g", "-Os", "-ffunction-sections", "-fdata-sections")
    link_flags: tuple[str, ...] = ("-Wl,--gc-sections",)
    library: tuple[str, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    has_map: bool = True
    strip: bool = False
    binaries: tuple[tuple[str, ...], ...] = ((),)
    binutils: str = "arm-none-eabi-"


_PLAIN = ("-O1", "-fno-function-sections", "-fno-data-sections")
_CPP = ("-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")
_ARM = Recipe(
    toolchain="arm-none-eabi-",
    sources=("startup.c", "application.c", "drivers.c", "drivers.h"),
    script="memory.ld",
    machine_flags=("-mcpu=cortex-m4", "-mthumb"),
    link_flags=("-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", "-Wl,--gc-sections"),
    library=("drivers.c",),
)
_RISCV = Recipe(
    toolchain="riscv64-unknown-elf-",
    sources=("bare.c",),
    script="bare.ld",
    machine_flags=("-march=rv32imc", "-mabi=ilp32", "-msave-restore", "-DWIDE=int64_t", "-ffreestanding"),
    link_flags=("-nostdlib", "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", "-lgcc"),
    binutils="riscv64-unknown-elf-",
)
_ZIG_ARM = Recipe(
    toolchain="zig",
    sources=("bare.c",),
    script="bare.ld",
    machine_flags=("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4", "-fno-sanitize=undefined"),
    link_flags=("--gc-sections", "-z", "max-page-size=4096"),
)
_AVR = Recipe(
    toolchain="avr-",
    sources=("arduino.c",),
    script="",
    machine_flags=("-mmcu=atmega328p", "-DF_CPU=16000000UL"),
    binaries=(("-R", ".eeprom"), ("-j", ".eeprom", "--change-section-lma", ".eeprom=0")),
    binutils="avr-",
)
_CLASSES = replace(
    _ARM,
    sources=("startup.c", "classes.cc", "drivers.c", "drivers.h"),
    compile_flags=(*_ARM.compile_flags, *_CPP),
)


def _model_array() -> str:
    numbers = ", ".join(map(str, _MODEL.read_bytes()))
    return f"const unsigned char g_model[] __attribute__((aligned(16))) = {{{numbers}}};\n"


RECIPES: dict[str, Recipe] = {
    "arm": _ARM,
    "arm-plain": replace(_ARM, compile_flags=_PLAIN, has_map=False),
    "arm-stripped": replace(_ARM, has_map=False, strip=True),
    "arm-lto": replace(_ARM, compile_flags=(*_ARM.compile_flags, "-flto"), library=()),
    "arm-relocations": replace(_ARM, link_flags=(*_ARM.link_flags, "-Wl,--emit-relocs")),
    "arm-wrapped": replace(
        _ARM, sources=(*_ARM.sources, "wrapped.c"), link_flags=(*_ARM.link_flags, "-Wl,--wrap=driver_send")
    ),
    "arm-assembly": replace(
        _ARM,
        sources=(*_ARM.sources, "routines.s"),
        link_flags=(*_ARM.link_flags, "-Wl,-u,fast_sum"),
        has_map=False,
    ),
    "arm-float": replace(
        _ARM, machine_flags=("-mcpu=cortex-m0plus", "-mthumb"), link_flags=(*_ARM.link_flags, "-Wl,-u,_printf_float")
    ),
    "arm-cpp": _CLASSES,
    "arm-cpp-plain": replace(_CLASSES, compile_flags=("-O2", *_CPP), has_map=False),
    "arm-exceptions": replace(
        _ARM,
        sources=("startup.c", "exceptions.cc", "drivers.c", "drivers.h"),
        link_flags=("-nostartfiles", "--specs=nosys.specs", "-Wl,--gc-sections"),
    ),
    "arm-regions": replace(
        _ARM,
        sources=("startup.c", "regions.c"),
        script="regions.ld",
        library=(),
        binaries=(("-R", ".external"), ("-j", ".external")),
    ),
    "arm-overlays": replace(_ARM, sources=("startup.c", "overlays.c"), script="overlays.ld", library=()),
    "arm-model": replace(
        _ARM,
        texts=(("model.c", _model_array()),),
        link_flags=(*_ARM.link_flags, "-Wl,-u,g_model"),
    ),
    "arm-big-endian": replace(
        _ARM,
        sources=("bare.c",),
        script="bare.ld",
        machine_flags=("-mcpu=cortex-r5", "-mthumb", "-mbig-endian"),
        link_flags=("-nostdlib", "-Wl,--gc-sections"),
        library=(),
    ),
    "riscv": _RISCV,
    "riscv-plain": replace(
        _RISCV,
        machine_flags=("-march=rv32im", "-mabi=ilp32", "-ffreestanding"),
        compile_flags=("-O2",),
        has_map=False,
    ),
    "zig-arm": _ZIG_ARM,
    "zig-riscv": replace(
        _ZIG_ARM,
        machine_flags=("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32+m+c", "-fno-sanitize=undefined"),
        binutils="riscv64-unknown-elf-",
    ),
    "zig-plain": replace(_ZIG_ARM, compile_flags=("-Oz",), has_map=False),
    "avr": _AVR,
    "avr-plain": replace(_AVR, compile_flags=("-O2",), has_map=False),
}

KINDS = tuple(RECIPES)


@cache
def build(kind: str) -> Path:
    """The path of KIND.elf, built now or earlier. Skips the test where the compiler is missing."""
    return link(RECIPES[kind], kind)


def link(recipe: Recipe, name: str = "firmware") -> Path:
    """Build `recipe` as NAME.elf. Skips the test where the compiler is missing."""
    for tool in (f"{recipe.binutils}objcopy", *(() if recipe.toolchain == "zig" else (f"{recipe.toolchain}gcc",))):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    folder = _KEPT / f"{name}-{_fingerprint(recipe)}"
    if not folder.is_dir():
        _KEPT.mkdir(parents=True, exist_ok=True)
        work = Path(mkdtemp(dir=_KEPT))
        try:
            _make(recipe, name, work, folder)
            if not folder.is_dir():
                work.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder / f"{name}.elf"


def map_of(elf: Path) -> Path | None:
    """The map next to `elf`, None for kinds without one."""
    path = elf.with_suffix(".map")
    return path if path.is_file() else None


def _fingerprint(recipe: Recipe) -> str:
    version = (*_ZIG, "version") if recipe.toolchain == "zig" else (f"{recipe.toolchain}gcc", "--version")
    script = (recipe.script,) if recipe.script else ()
    parts = [repr(recipe), _output(version), Path(__file__).read_text(encoding="utf-8")]
    parts += [(SOURCES / name).read_text(encoding="utf-8") for name in (*recipe.sources, *script)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


@cache
def _output(command: tuple[str, ...]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _make(recipe: Recipe, name: str, work: Path, final: Path) -> None:
    """Compile each source, archive the library's objects, link, and copy the flashed bytes out."""
    for file in (*recipe.sources, recipe.script):
        if file:
            shutil.copyfile(SOURCES / file, work / file)
    for file, text in recipe.texts:
        (work / file).write_text(text, encoding="utf-8")
    files = dict.fromkeys((*recipe.sources, *(file for file, _ in recipe.texts)))
    compiled = [file for file in files if not file.endswith(".h")]
    for file in compiled:
        _compile(recipe, file, work, final)
    inputs = [_object(file) for file in compiled if file not in recipe.library]
    if recipe.library:
        _run(work, f"{recipe.toolchain}ar", "rc", "lib drivers.a", *map(_object, recipe.library))
        inputs.append("lib drivers.a")
    _link(recipe, name, inputs, work)
    if recipe.strip:
        _run(work, f"{recipe.binutils}strip", f"{name}.elf")
    for index, arguments in enumerate(recipe.binaries):
        suffix = f".{index}.bin" if index else ".bin"
        _run(work, f"{recipe.binutils}objcopy", "-O", "binary", *arguments, f"{name}.elf", f"{name}{suffix}")


def _object(source: str) -> str:
    return f"{Path(source).stem}.o"


def _compile(recipe: Recipe, source: str, work: Path, final: Path) -> None:
    compiler = (*_ZIG, "cc") if recipe.toolchain == "zig" else (f"{recipe.toolchain}gcc", "-fstack-usage")
    flags = (*recipe.machine_flags, *recipe.compile_flags, f"-fdebug-prefix-map={work}={final}")
    if source.endswith(".s"):
        flags = recipe.machine_flags
    elif source.endswith(".c"):
        flags = tuple(flag for flag in flags if flag not in {"-fno-rtti", "-fno-threadsafe-statics"})
    _run(work, *compiler, *flags, "-c", source, "-o", _object(source))


def _link(recipe: Recipe, name: str, inputs: list[str], work: Path) -> None:
    output = ("-o", f"{name}.elf")
    script = ("-T", recipe.script) if recipe.script else ()
    if recipe.toolchain == "zig":
        extra = ("-Map", f"{name}.map") if recipe.has_map else ()
        _run(work, *_ZIG, "ld.lld", *inputs, *script, *recipe.link_flags, *extra, *output)
        return
    compiler = f"{recipe.toolchain}{'g++' if any(file.endswith('.cc') for file in recipe.sources) else 'gcc'}"
    extra = (f"-Wl,-Map={name}.map",) if recipe.has_map else ()
    _run(
        work,
        compiler,
        *recipe.machine_flags,
        *recipe.compile_flags,
        *inputs,
        *script,
        *recipe.link_flags,
        *extra,
        *output,
    )


def _run(work: Path, *command: str) -> None:
    result = subprocess.run(
        command, cwd=work, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stderr}"
