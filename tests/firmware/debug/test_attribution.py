from dataclasses import replace
from pathlib import Path

import pytest

from lilliput.firmware.debug.attribution import LineBytes, Lines, line_bytes
from lilliput.firmware.debug.painting import Painting, paint
from lilliput.firmware.debug.spans import line_spans
from lilliput.progress import silent
from tests.firmware import builds
from tests.firmware.debug.firmwares import CALLS, Frame, accounted, firmware_of, frames_of

_WITHOUT_DWARF = {"arm-stripped", "riscv-plain", "zig-plain", "avr", "avr-plain"}
_VERSIONS = [(f"-gdwarf-{version}",) for version in range(2, 6)] + [("-gdwarf-5", "-gdwarf64"), ("-g3", "-gz=zlib")]
_OVERLAY = """\
int second_filter(int value);
__attribute__((noinline, section(".overlay_one"))) int first_filter(int value) { return value * 31 + 7; }
int main(void) { return first_filter(1) + second_filter(2); }
"""
_OTHER_OVERLAY = """\
__attribute__((noinline, section(".overlay_two"))) int second_filter(int value) { return value * 41 + 9; }
"""
_DWARF_OF_AVR = replace(builds.RECIPES["avr"], compile_flags=(*builds.RECIPES["avr"].compile_flags, "-gdwarf-4"))


def _unknown_bytes(lines: Lines) -> int:
    return sum(each.size_bytes for each in lines.lines if not each.line)


def _code_bytes(lines: Lines) -> int:
    return sum(each.size_bytes for each in lines.functions)


def _in_function(lines: Lines, name: str) -> list[LineBytes]:
    return [each for each in lines.lines if lines.functions[each.function].name == name]


def _frames(painting: Painting) -> dict[int, list[Frame]]:
    """What we say of each address where the line or the inlined call changes."""
    found: dict[int, list[Frame]] = {}
    information = painting.names.information
    for index, each in enumerate(painting.code.ranges):
        for span in line_spans(each, painting.unit(index), information):
            owners = painting.owners.get(index)
            chain = () if owners is None else painting.inlined_chain(int(owners[span.start - each.address]))
            calls = [painting.call(number) for number in chain]
            sites = [(information.path(call.unit, call.scope.call_file), call.scope.call_line) for call in calls]
            found[span.start] = [(information.paths[span.file] if span.line else "", span.line), *sites]
    return found


def _assert_agreement(path: Path, binutils: str, least_answered: float = 0.98) -> None:
    """At `least_answered` of all addresses addr2line must have an answer, and every answer must be ours."""
    ours = _frames(paint(accounted(path), silent))
    theirs = dict(zip(ours, frames_of(path, binutils, list(ours)), strict=True))
    answered = {address: frames for address, frames in theirs.items() if frames[0][1]}
    assert {address: ours[address] for address in answered} == answered
    assert len(answered) >= least_answered * sum(1 for frames in ours.values() if frames[0][1])


@pytest.mark.parametrize("kind", builds.KINDS)
def test_lines_add_up_to_functions_and_inlined_calls_stay_inside_them(kind: str) -> None:
    lines = line_bytes(accounted(builds.build(kind)))
    for index, function in enumerate(lines.functions):
        assert sum(each.size_bytes for each in lines.lines if each.function == index) == function.size_bytes
        inlined = [each for each in lines.inlined if each.function == index]
        assert sum(each.own_bytes for each in inlined) == function.inlined_bytes <= function.size_bytes
        assert all(0 <= each.own_bytes <= each.size_bytes <= function.size_bytes for each in inlined)


@pytest.mark.parametrize("kind", [kind for kind in builds.KINDS if kind not in _WITHOUT_DWARF])
def test_lines_and_inlined_calls_are_those_that_binutils_find(kind: str) -> None:
    _assert_agreement(builds.build(kind), builds.RECIPES[kind].binutils)


@pytest.mark.parametrize("flags", _VERSIONS)
@pytest.mark.parametrize("kind", ["riscv", "arm-big-endian"])
def test_every_version_of_dwarf_says_the_same(kind: str, flags: tuple[str, ...]) -> None:
    path = firmware_of(CALLS, *flags, kind=kind)
    # Of offsets of 64 bits addr2line loses some line programs.
    _assert_agreement(path, builds.RECIPES[kind].binutils, least_answered=0.7)
    lines = line_bytes(accounted(path))
    assert not lines.unread
    assert {(each.callee, each.caller, each.call_line) for each in lines.inlined} == {
        ("square", "compute", 14),
        ("sum_of_squares", "compute", 13),
        ("square", "sum_of_squares", 8),
    }
    by_callee = {each.callee: each for each in lines.inlined if each.call_line != 14}
    assert by_callee["square"].copies == 2
    assert by_callee["sum_of_squares"].size_bytes == sum(each.own_bytes for each in by_callee.values())


@pytest.mark.parametrize("flags", [("-gdwarf-4",), ("-gdwarf-5",), ("-gdwarf-5", "-gz=zlib")])
def test_what_clang_writes_is_read_too(flags: tuple[str, ...]) -> None:
    path = firmware_of(CALLS, *flags, kind="zig-arm")
    lines = line_bytes(accounted(path))
    assert _unknown_bytes(lines) < 0.2 * _code_bytes(lines)
    assert {each.line for each in _in_function(lines, "compute")} >= {4, 13}


def test_code_for_avr_has_lines_where_the_compiler_writes_dwarf() -> None:
    path = builds.link(_DWARF_OF_AVR, "avr-dwarf")
    _assert_agreement(path, "avr-")
    main = _in_function(line_bytes(accounted(path)), "main")
    assert sum(each.size_bytes for each in main if Path(each.file).name == "arduino.c") > 20


def test_functions_that_the_linker_removed_claim_no_bytes_at_address_zero() -> None:
    script = "-Wl,-Ttext=0"
    flags = (*builds.RECIPES["riscv"].link_flags, script)
    kept_line = next(number for number, line in enumerate(CALLS.splitlines(), 1) if "_start" in line)
    lines = line_bytes(accounted(firmware_of(CALLS, link_flags=flags)))
    assert "removed" not in {each.name for each in lines.functions}
    removed_line = next(number for number, line in enumerate(CALLS.splitlines(), 1) if "removed" in line)
    assert all(each.line != removed_line for each in lines.lines)
    assert {each.line for each in _in_function(lines, "_start")} >= {kept_line + 3}


def test_a_whole_unit_at_address_zero_keeps_its_lines() -> None:
    flags = (*builds.RECIPES["riscv"].link_flags, "-Wl,-Ttext=0")
    lines = line_bytes(accounted(firmware_of(CALLS, "-fno-function-sections", link_flags=flags)))
    assert min(each.address for each in lines.functions) == 0
    assert _unknown_bytes(lines) == 0


def test_overlays_that_share_addresses_get_the_lines_of_their_own_units() -> None:
    texts = (("overlays.c", _OVERLAY), ("other.c", _OTHER_OVERLAY))
    recipe = replace(builds.RECIPES["arm-overlays"], texts=texts)
    lines = line_bytes(accounted(builds.link(recipe, "code-overlays")))
    assert len({each.address for each in lines.functions if each.name in ("first_filter", "second_filter")}) == 1
    for name, file, line in (("first_filter", "overlays.c", 2), ("second_filter", "other.c", 1)):
        assert {(Path(each.file).name, each.line) for each in _in_function(lines, name)} == {(file, line)}


def test_overlays_of_one_unit_share_no_lines() -> None:
    text = _OVERLAY.replace("int second_filter(int value);", _OTHER_OVERLAY)
    recipe = replace(builds.RECIPES["arm-overlays"], texts=(("overlays.c", text),))
    lines = line_bytes(accounted(builds.link(recipe, "code-overlays")))
    assert {each.line for name in ("first_filter", "second_filter") for each in _in_function(lines, name)} == {0}


def test_firmware_without_debug_information_has_functions_of_unknown_lines() -> None:
    lines = line_bytes(accounted(builds.build("riscv-plain")))
    assert lines.functions
    assert _unknown_bytes(lines) == _code_bytes(lines)
    assert lines.unread == ("the file has none; compile with -g",)


def test_debug_information_in_an_older_format_is_named() -> None:
    lines = line_bytes(accounted(builds.build("avr")))
    assert lines.unread == ("most of it is in the stabs format; compile with -gdwarf-4",)


def test_progress_ends_with_all_of_the_debug_information() -> None:
    told: list[tuple[str, int, int]] = []
    line_bytes(accounted(builds.build("arm")), lambda what, done, of: told.append((what, done, of)))
    assert len(told) > 10
    assert told[-1][1] == told[-1][2]
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
