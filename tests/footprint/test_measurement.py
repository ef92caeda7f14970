"""What images cost, against objcopy, size and nm, on images that the test compiles."""

import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lilliput import targets
from lilliput.codegen.csource import Label, Part
from lilliput.errors import InvariantError, ToolError
from lilliput.footprint import Footprint, measure
from lilliput.toolchain import Image, build_image
from tests.footprint.programs import BUILDS, MODEL, image_of, labelled_source

every_build = pytest.mark.parametrize(("target", "toolchain"), BUILDS)


def bytes_by_label(footprint: Footprint) -> Counter[tuple[Part, str]]:
    totals: Counter[tuple[Part, str]] = Counter()
    for item in footprint.ranges:
        totals[item.label.part, item.label.name] += item.end - item.start
    return totals


def bytes_of(footprint: Footprint, part: Part, name: str) -> int:
    return bytes_by_label(footprint)[part, name]


def output_of(image: Image, tool: str, *arguments: str) -> str:
    """What the target's binutils say about the image."""
    command = f"{targets.find(image.target.name).gcc}{tool}"
    if shutil.which(command) is None:
        pytest.skip(f"needs {command} on the PATH")
    return subprocess.run([command, *arguments], check=True, capture_output=True, text=True).stdout


@every_build
def test_flash_is_what_objcopy_writes(target: str, toolchain: str, tmp_path: Path) -> None:
    image = image_of(target, toolchain)
    raw = tmp_path / "raw.bin"
    output_of(image, "objcopy", "-O", "binary", str(image.elf), str(raw))
    footprint = measure(image)
    assert image.binary == raw.read_bytes()
    assert footprint.flash_bytes == sum(footprint.flash.values()) == len(raw.read_bytes())


@every_build
def test_flash_and_ram_are_what_size_counts(target: str, toolchain: str) -> None:
    image = image_of(target, toolchain)
    rows = [line.split() for line in output_of(image, "size", "-A", str(image.elf)).splitlines()]
    sections = {
        row[0]: int(row[1]) for row in rows if len(row) == 3 and row[0].startswith(".") and "debug" not in row[0]
    }
    footprint = measure(image)
    gap_bytes = footprint.flash_bytes - sections[".text"] - sections[".data"]
    assert 0 <= gap_bytes < 4
    assert footprint.arena_bytes + footprint.static_bytes == sections[".data"] + sections[".bss"]
    assert footprint.arena_bytes == 100


@every_build
def test_named_constants_cost_what_they_hold(target: str, toolchain: str) -> None:
    footprint = measure(image_of(target, toolchain))
    assert footprint.flash[Part.WEIGHTS] == 37
    assert footprint.flash[Part.TABLES] == 12
    assert bytes_of(footprint, Part.GRAPH, "result") == 4


@every_build
def test_a_kernel_inlined_into_run_counts_as_that_kernel(target: str, toolchain: str) -> None:
    image = image_of(target, toolchain)
    names = output_of(image, "nm", str(image.elf)).split()
    footprint = measure(image)
    assert "dot" not in names
    assert "choose" in names
    assert bytes_of(footprint, Part.KERNELS, "dot") >= 10
    assert bytes_of(footprint, Part.GRAPH, "run") >= 20


@every_build
def test_start_up_code_counts_as_start_up(target: str, toolchain: str) -> None:
    footprint = measure(image_of(target, toolchain))
    names = {name for part, name in bytes_by_label(footprint) if part is Part.STARTUP}
    first = "entry" if target == "rv32imc" else "vectors"
    loops = set[str]() if target == "rv32imc" else {"park"}
    assert names == {first, *loops, "reset", "main"}
    assert footprint.ranges[0].label == Label(Part.STARTUP, first)


@every_build
def test_division_counts_as_a_runtime_library(target: str, toolchain: str) -> None:
    footprint = measure(image_of(target, toolchain))
    library = {name for _, name in bytes_by_label(footprint) if name.startswith("runtime library: ")}
    divisions = {f"runtime library: {name}" for name in ("__aeabi_ldivmod", "__divdi3")}
    assert library & divisions
    assert not any("model" in name or "reset" in name for name in library)


def test_an_integer_division_on_cortex_m0plus_comes_from_libgcc() -> None:
    footprint = measure(image_of("cortex-m0plus", "gcc"))
    assert bytes_of(footprint, Part.KERNELS, "runtime library: __divsi3") == 460
    assert bytes_of(footprint, Part.KERNELS, "runtime library: __gnu_thumb1_case_uqi") == 18


@pytest.mark.parametrize("name", ["main", "startup", "memory"])
def test_a_model_called_like_a_file_of_the_target_costs_what_any_model_costs(name: str, tmp_path: Path) -> None:
    run, source = f"{name}_run", labelled_source()
    renamed = replace(source, name=name, header=f"void {run}(void);\n", source=MODEL.replace("model_run", run))
    image = build_image(renamed, targets.find("cortex-m4"), toolchain="zig", optimize="size", directory=tmp_path)
    assert measure(image).flash == measure(image_of("cortex-m4", "zig")).flash


def test_memory_functions_count_as_a_runtime_library() -> None:
    text = """
#include <string.h>
static signed char arena[64];
volatile int count;
void model_run(void)
{
    memcpy(arena, arena + count, (size_t)count); //@ graph run
}
"""
    footprint = measure(image_of("cortex-m4", "gcc", text))
    assert bytes_of(footprint, Part.KERNELS, "runtime library: memcpy") > 0


@every_build
def test_alignment_between_constants_is_padding(target: str, toolchain: str) -> None:
    image = image_of(target, toolchain)
    footprint = measure(image)
    padding = [item for item in footprint.ranges if item.label.part is Part.PADDING]
    assert footprint.flash[Part.PADDING] >= 3, "37 bytes of weights stand before the next word"
    assert all(item.end - item.start <= 7 and item.end % 2 == 0 for item in padding)


def test_a_kernels_own_table_counts_as_that_kernel() -> None:
    text = """
volatile int x;
static const int squares[4] = {1, 4, 9, 16}; //@ kernels square
void model_run(void)
{
    static const short cubes[4] = {1, 8, 27, 64}; //@ kernels cube
    x = squares[x & 3] + cubes[x & 3]; //@ graph run
}
"""
    for toolchain in ("gcc", "zig"):
        footprint = measure(image_of("cortex-m4", toolchain, text))
        assert bytes_of(footprint, Part.KERNELS, "square") == 16
        assert bytes_of(footprint, Part.KERNELS, "cube") == 8


def test_a_jump_table_without_a_name_is_labelled_by_its_section() -> None:
    footprint = measure(image_of("rv32imc", "gcc"))
    assert 24 <= bytes_of(footprint, Part.KERNELS, "section .text") <= 26


def test_lines_without_a_label_count_as_the_first_labelled_line_of_their_function() -> None:
    text = "volatile int x;\nvoid model_run(void)\n{\n    x = 1;\n    x = 2; //@ graph second\n    x = 3;\n}\n"
    footprint = measure(image_of("cortex-m4", "gcc", text))
    assert bytes_of(footprint, Part.GRAPH, "second") == footprint.flash[Part.GRAPH] > 8


def test_a_function_without_any_label_counts_as_itself() -> None:
    text = "volatile int x;\nvoid model_run(void)\n{\n    x = 1;\n}\n"
    footprint = measure(image_of("cortex-m4", "gcc", text))
    assert bytes_of(footprint, Part.GRAPH, "model_run") == footprint.flash[Part.GRAPH] > 4


def test_the_host_is_measured_without_a_stack() -> None:
    footprint = measure(image_of("host", "zig"))
    assert footprint.flash[Part.WEIGHTS] == 37
    assert footprint.arena_bytes == 100
    assert footprint.stack_bytes == 0


def test_a_binary_that_is_not_the_image_is_refused() -> None:
    image = image_of("cortex-m4", "gcc")
    with pytest.raises(InvariantError):
        measure(replace(image, binary=image.binary + b"\0"))
    with pytest.raises(InvariantError):
        measure(replace(image, binary=b"\1" + image.binary[1:]))


def test_a_source_that_is_not_the_images_is_refused() -> None:
    image = image_of("cortex-m4", "gcc")
    with pytest.raises(InvariantError, match="line numbers"):
        measure(replace(image, source=replace(image.source, name="other", source=MODEL)))


def test_a_file_that_is_no_elf_is_a_tool_error(tmp_path: Path) -> None:
    image = image_of("cortex-m4", "gcc")
    damaged = tmp_path / "model.elf"
    with pytest.raises(ToolError):
        measure(replace(image, elf=damaged))
    for content in (b"", b"no ELF file", image.elf.read_bytes()[:40], image.elf.read_bytes()[:3000]):
        damaged.write_bytes(content)
        with pytest.raises(ToolError):
            measure(replace(image, elf=damaged))
