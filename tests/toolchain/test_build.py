"""Building images: reproducible, free of paths, complete, and clear about failures."""

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

import lilliput
from lilliput import targets
from lilliput.errors import ToolError, UsageError
from lilliput.toolchain import Toolchain, compile_object
from tests.toolchain.programs import EMULATED, SUMS, TOOLCHAINS, absent, body, build, source

BUILDS = [(target, toolchain) for target in ("cortex-m4", "rv32imc", "host") for toolchain in TOOLCHAINS]


@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_the_binary_is_what_objcopy_makes(target: str, toolchain: Toolchain, tmp_path: Path):
    objcopy = f"{targets.find(target).gcc}objcopy"
    if shutil.which(objcopy) is None:
        pytest.skip(f"needs {objcopy} on the PATH")
    image = build(source(SUMS), target, toolchain, tmp_path)
    subprocess.run([objcopy, "-O", "binary", image.elf, tmp_path / "raw"], check=True)
    assert image.binary == (tmp_path / "raw").read_bytes()


@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_the_same_source_gives_the_same_image_anywhere(target: str, toolchain: Toolchain, tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "over" / "there"
    here.mkdir()
    there.mkdir(parents=True)
    first, second = (build(source(SUMS), target, toolchain, folder) for folder in (here, there))
    assert first.binary == second.binary
    assert first.elf.read_bytes() == second.elf.read_bytes()


@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_no_path_of_this_machine_is_in_the_image(target: str, toolchain: Toolchain, tmp_path: Path):
    content = build(source(SUMS), target, toolchain, tmp_path).elf.read_bytes()
    # Zig's runtime library says in its debug information where it is installed.
    content = content.replace(sys.prefix.encode(), b"")
    package = Path(lilliput.__file__).parent
    assert str(tmp_path).encode() not in content
    assert str(package).encode() not in content
    assert b"/tmp" not in content


@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_functions_of_the_interface_stay_though_nobody_calls_them(target: str, toolchain: Toolchain, tmp_path: Path):
    image = build(source(SUMS), target, toolchain, tmp_path)
    with image.elf.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        names = {symbol.name for symbol in table.iter_symbols()}
    assert {"net_run", "net_input", "net_output"} <= names


@pytest.mark.parametrize("target", EMULATED)
def test_start_up_code_is_small(target: str, tmp_path: Path):
    image = build(body("void net_run(void) {}"), target, "gcc", tmp_path)
    interface = 2 * 8 + 2
    assert len(image.binary) <= 130 + interface


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_copying_functions_come_with_the_image(toolchain: Toolchain, tmp_path: Path):
    code = "struct block { int8_t bytes[300]; };\nextern struct block from, to;\nstruct block from = {{1}}, to;\n"
    build(body(f"{code}void net_run(void) {{ to = from; }}"), "cortex-m0plus", toolchain, tmp_path)


def test_the_compiler_is_named_with_its_version(tmp_path: Path):
    compiler = build(source(SUMS), "cortex-m4", "zig", tmp_path).compiler
    assert compiler.name == "zig"
    assert compiler.version.startswith("zig 0.")
    assert "-Os" in compiler.flags


def test_optimising_for_speed_is_another_level(tmp_path: Path):
    compiler = build(source(SUMS), "cortex-m4", "zig", tmp_path, optimize="speed").compiler
    assert "-Os" not in compiler.flags


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_a_failing_compiler_is_quoted(toolchain: Toolchain, tmp_path: Path):
    with pytest.raises(ToolError) as error:
        build(body("void net_run(void) { nonsense; }"), "cortex-m4", toolchain, tmp_path)
    assert "net.c" in error.value.where
    assert "nonsense" in error.value.advice


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("field", ["int16_t rows = 65536;", "uint8_t rows = 256;", "int8_t rows = -129;"])
def test_a_number_that_does_not_fit_into_its_field_is_never_cut(toolchain: Toolchain, field: str, tmp_path: Path):
    with pytest.raises(ToolError, match="rows"):
        build(
            body(f"static const {field}\nint8_t net(void);\nint8_t net(void) {{ return rows != 0; }}"),
            "cortex-m4",
            toolchain,
            tmp_path,
        )


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_a_failing_linker_is_quoted(toolchain: Toolchain, tmp_path: Path):
    with pytest.raises(ToolError) as error:
        build(body("void missing(void);\nvoid net_run(void) { missing(); }"), "cortex-m4", toolchain, tmp_path)
    assert "missing" in error.value.advice


def test_a_missing_cross_compiler_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", absent)
    target = dataclasses.replace(targets.find("cortex-m4"), gcc="none-such-")
    with pytest.raises(ToolError) as error:
        compile_object(tmp_path / "a.c", tmp_path / "a.o", target, toolchain="gcc", optimize="size")
    assert "none-such-gcc" in error.value.fact


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", absent)
    with pytest.raises(ToolError) as error:
        build(source(SUMS), "cortex-m4", "zig", tmp_path)
    assert "pip install 'lilliput[compiler]'" in error.value.advice


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(UsageError) as error:
        build(source(SUMS), "cortex-m4", "zig", tmp_path / "absent")
    assert "absent" in error.value.where


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_one_file_alone_is_compiled_with_extra_flags(toolchain: Toolchain, tmp_path: Path):
    file, output = tmp_path / "kernel.c", tmp_path / "kernel.o"
    file.write_text("int narrow(long long value);\nint narrow(long long value)\n{\n    return value;\n}\n")
    target = targets.find("host")
    compile_object(file, output, target, toolchain=toolchain, optimize="size")
    assert output.is_file()
    with pytest.raises(ToolError, match="conversion"):
        compile_object(file, output, target, toolchain=toolchain, optimize="size", flags=("-Wconversion", "-Werror"))
