import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from lilliput.errors import UsageError
from lilliput.firmware.debug.attribution import line_bytes
from lilliput.firmware.debug.listing import Listing, listing
from tests.firmware import builds
from tests.firmware.debug.firmwares import CALLS, accounted, firmware_of


def _texts(found: Listing) -> list[str]:
    return [each.text for block in found.blocks for each in block.instructions]


@pytest.mark.parametrize(
    "kind", ["arm", "arm-cpp", "arm-lto", "arm-big-endian", "riscv", "zig-arm", "zig-riscv", "avr"]
)
def test_a_listing_shows_all_bytes_of_a_function_and_its_lines_have_those_that_they_are_said_to_have(kind: str) -> None:
    firmware = accounted(builds.build(kind))
    lines = line_bytes(firmware)
    index = max(range(len(lines.functions)), key=lambda each: lines.functions[each].size_bytes)
    function = lines.functions[index]
    found = listing(firmware, hex(function.address))
    instructions = [each for block in found.blocks for each in block.instructions]
    section = next(each for each in firmware.elf.sections if each.address <= function.address < each.end)
    start = function.address - section.address
    assert b"".join(each.code for each in instructions) == section.data[start : start + function.size_bytes]
    assert all(block.size_bytes == sum(len(each.code) for each in block.instructions) for block in found.blocks)
    by_line = {(each.file, each.line): each.size_bytes for each in lines.lines if each.function == index}
    assert {(block.file, block.line): block.line_bytes for block in found.blocks} == by_line


@pytest.mark.parametrize("kind", ["arm", "riscv", "zig-riscv"])
def test_instructions_begin_where_objdump_begins_them(kind: str) -> None:
    path = builds.build(kind)
    command = (f"{builds.RECIPES[kind].binutils}objdump", "-d", path)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    theirs = {int(found[1], 16) for found in re.finditer(r"^ *([0-9a-f]+):\t", output, re.MULTILINE)}
    firmware = accounted(path)
    for function in line_bytes(firmware).functions:
        ours = {
            each.address for block in listing(firmware, hex(function.address)).blocks for each in block.instructions
        }
        assert ours <= theirs, function.name


def test_source_lines_and_inlined_calls_stand_beside_their_instructions() -> None:
    found = listing(accounted(firmware_of(CALLS, kind="arm-big-endian")), "compute")
    block = next(block for block in found.blocks if block.line == 4 and len(block.inlined) == 2)
    assert block.source == "    return value * value + port;"
    assert [(call.callee, call.call_line) for call in block.inlined] == [("square", 8), ("sum_of_squares", 13)]
    assert any(text.startswith("mla") for text in _texts(found))
    assert not found.missing_files


def test_sources_that_moved_are_found_below_a_given_folder(tmp_path: Path) -> None:
    kept = firmware_of(CALLS)
    path = shutil.copy(kept, tmp_path / "debug.elf")
    content = Path(path).read_bytes().replace(bytes(kept.parent), bytes(kept.parent).replace(b"build", b"moved"))
    Path(path).write_bytes(content)
    firmware = accounted(Path(path))
    missing = listing(firmware, "compute")
    assert [Path(file).name for file in missing.missing_files] == ["bare.c"]
    assert not any(block.source for block in missing.blocks)
    found = listing(firmware, "compute", source_folders=(tmp_path, kept.parent))
    assert not found.missing_files
    assert all(block.source for block in found.blocks if block.line)


def test_branches_and_words_of_data_say_what_they_lead_to() -> None:
    texts = _texts(listing(accounted(builds.build("arm")), "driver_send"))
    assert any(re.fullmatch(r"bl #0x[0-9a-f]+ <driver_checksum>", text) for text in texts)
    assert any(re.fullmatch(r"\.word 0x[0-9a-f]+ <queue>", text) for text in texts)
    texts = _texts(listing(accounted(firmware_of(CALLS)), "_start"))
    assert any("<compute>" in text for text in texts)


def test_functions_are_found_by_their_cpp_name_with_and_without_parameters() -> None:
    firmware = accounted(builds.build("arm-cpp"))
    mangled = next(each for each in firmware.ranges if "introsort_loop" in each.name)
    name = mangled.demangled.split("(")[0]
    names = (mangled.name, mangled.demangled, hex(mangled.address), name)
    assert {listing(firmware, each).address for each in names} == {mangled.address}


def test_a_name_that_two_functions_have_asks_for_an_address() -> None:
    static = "__attribute__((noinline)) static int same(int value) {{ return value * {}; }}\n"
    texts = (
        (
            "bare.c",
            static.format(17) + "int other(int); void _start(void) { for (;;) other(same(*(volatile int *)4)); }",
        ),
        ("other.c", static.format(29) + "int other(int value) { return same(value) + 1; }"),
    )
    recipe = replace(builds.RECIPES["riscv"], texts=texts, compile_flags=("-g", "-O1"))
    firmware = accounted(builds.link(recipe, "same"))
    with pytest.raises(UsageError, match="2 functions are called same") as caught:
        listing(firmware, "same")
    address = re.search(r"0x[0-9a-f]+", caught.value.advice)
    assert address
    assert listing(firmware, address[0]).name == "same"


@pytest.mark.parametrize(("name", "advice"), [("comput", "compute"), ("0x", "--functions"), ("0x7", "--functions")])
def test_an_unknown_function_is_an_error_with_advice(name: str, advice: str) -> None:
    with pytest.raises(UsageError, match=f"there is no function {name}") as caught:
        listing(accounted(firmware_of(CALLS)), name)
    assert advice in caught.value.advice


def test_code_that_no_disassembler_knows_is_listed_without_text() -> None:
    found = listing(accounted(builds.build("avr")), "main")
    assert not found.is_disassembled
    assert set(_texts(found)) == {""}
    assert {len(each.code) for block in found.blocks for each in block.instructions} == {2}
