import random
import time
import zlib
from dataclasses import replace
from functools import cache

import pytest

from lilliput.firmware.debug.attribution import Lines, line_bytes
from lilliput.firmware.debug.listing import listing
from lilliput.firmware.elf import Section
from lilliput.firmware.firmware import Firmware
from tests.firmware import builds
from tests.firmware.debug.firmwares import CALLS, accounted, firmware_of

_LONGEST_SECONDS = 10.0
_SUBPROGRAM, _INLINED = 0x2E, 0x1D
_NAME, _LOW, _HIGH, _ORIGIN, _RANGES, _LINES = 0x03, 0x11, 0x12, 0x31, 0x55, 0x10
_ADDRESS, _DATA4, _REF4, _STRING, _OFFSET, _UDATA = 0x01, 0x06, 0x13, 0x08, 0x17, 0x0F


def _leb128(value: int) -> bytes:
    groups = [value >> shift & 0x7F for shift in range(0, max(1, value.bit_length()), 7)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


def _abbreviation(code: int, tag: int, *attributes: tuple[int, int], children: bool = False) -> bytes:
    pairs = b"".join(_leb128(attribute) + _leb128(form) for attribute, form in attributes)
    return _leb128(code) + _leb128(tag) + bytes([children]) + pairs + b"\0\0"


def _unit(entries: bytes, table: int = 0, version: int = 4) -> bytes:
    body = version.to_bytes(2, "little") + table.to_bytes(4, "little") + b"\4" + entries
    return len(body).to_bytes(4, "little") + body


def _word(value: int) -> bytes:
    return value.to_bytes(4, "little")


@cache
def _firmware(kind: str) -> Firmware:
    return accounted(builds.build(kind))


@cache
def _calls() -> Firmware:
    return accounted(firmware_of(CALLS))


def _with(firmware: Firmware, **contents: bytes) -> Firmware:
    """The firmware with other debug sections: those given, by what follows .debug_, and no others."""
    sections = [each for each in firmware.elf.sections if not each.name.startswith(".debug_")]
    template = firmware.elf.sections[0]
    for name, data in contents.items():
        sections.append(_section(template, f".debug_{name}", data))
    return replace(firmware, elf=replace(firmware.elf, sections=tuple(sections)))


def _section(template: Section, name: str, data: bytes) -> Section:
    return replace(template, name=name, data=memoryview(data), size_bytes=len(data), has_bytes=True)


def _in_time(firmware: Firmware) -> Lines:
    """The lines, which must come soon and add up; `line_bytes` itself checks the latter."""
    begun = time.process_time()
    lines = line_bytes(firmware)
    assert time.process_time() - begun < _LONGEST_SECONDS
    return lines


def _unread(**contents: bytes) -> str:
    lines = _in_time(_with(_calls(), **contents))
    assert lines.functions == tuple(replace(each, inlined_bytes=0, file="", line=0) for each in lines.functions)
    return "\n".join(lines.unread)


_FUNCTION = _abbreviation(1, _SUBPROGRAM, (_NAME, _STRING), (_LOW, _ADDRESS), (_HIGH, _DATA4), children=True)
_TOP = _abbreviation(9, 0x11, (_LINES, _OFFSET), children=True)


@pytest.mark.parametrize(
    ("info", "abbreviations", "said"),
    [
        (_unit(b"\1")[:-3], b"\0", "goes beyond its end"),
        (b"\xf4\xff\xff\xff" + bytes(20), b"\0", "reserved"),
        (_unit(b"\1", version=77), b"\0", "version 77"),
        (_unit(b"\1", table=1 << 30), b"\0", "the table of abbreviations"),
        (_unit(b"\x21\x21"), b"\0", "abbreviation 33, which is not defined"),
        (_unit(b"\7" * 9), _abbreviation(7, 0x34, (_NAME, 0x77)) + b"\0", "the form 0x77"),
        (_unit(b"\7\7"), _abbreviation(7, 0x34, (_NAME, 0x0A)) + b"\0", "goes beyond its end"),
        (_unit(b"\7" + b"\xff" * 40), _abbreviation(7, _SUBPROGRAM, (_LOW, _UDATA)) + b"\0", "longer than 64 bits"),
    ],
    ids=map(str, range(8)),
)
def test_a_damaged_unit_is_left_out_and_named(info: bytes, abbreviations: bytes, said: str) -> None:
    assert said in _unread(info=info, abbrev=abbreviations)


def test_entries_that_name_each_other_end_in_no_name() -> None:
    start = next(each.address for each in _calls().ranges if each.name == "compute")
    loop = _abbreviation(2, _INLINED, (_ORIGIN, _REF4), (_LOW, _ADDRESS), (_HIGH, _DATA4))
    function = b"\1compute\0" + _word(start) + _word(8)
    first = 11 + len(function)
    info = _unit(
        function + b"\2" + _word(first + 13) + _word(start) + _word(4) + b"\2" + _word(first) + _word(start) + _word(2)
    )
    lines = _in_time(_with(_calls(), info=info, abbrev=_FUNCTION + loop + b"\0"))
    assert [(each.callee, each.own_bytes) for each in lines.inlined] == [("[unnamed]", 4)]
    assert any("refers to itself" in problem for problem in lines.unread)


def test_calls_that_claim_more_than_the_function_around_them_get_only_its_bytes() -> None:
    compute = next(each for each in _calls().ranges if each.name == "compute")
    call = _abbreviation(2, _INLINED, (_LOW, _ADDRESS), (_HIGH, _DATA4))
    greedy = b"\2" + _word(0) + _word(0xFFFFFFFF)
    info = _unit(b"\1compute\0" + _word(compute.address) + _word(compute.size_bytes) + greedy * 3)
    lines = _in_time(_with(_calls(), info=info, abbrev=_FUNCTION + call + b"\0"))
    assert sum(each.own_bytes for each in lines.inlined) == compute.size_bytes


def test_thousands_of_calls_inside_each_other_take_no_longer_than_others() -> None:
    compute = next(each for each in _calls().ranges if each.name == "compute")
    call = _abbreviation(2, _INLINED, (_LOW, _ADDRESS), (_HIGH, _DATA4), children=True)
    inner = (b"\2" + _word(compute.address) + _word(compute.size_bytes)) * 30_000
    info = _unit(b"\1compute\0" + _word(compute.address) + _word(compute.size_bytes) + inner)
    _in_time(_with(_calls(), info=info, abbrev=_FUNCTION + call + b"\0"))


def test_lists_of_ranges_that_share_their_ends_do_not_take_forever() -> None:
    function = _abbreviation(1, _SUBPROGRAM, (_RANGES, _OFFSET))
    ranges = (_word(1) + _word(1)) * 20_000
    info = _unit(b"".join(b"\1" + _word(start * 8) for start in range(20_000)))
    assert "again and again" in _unread(info=info, abbrev=function + b"\0", ranges=ranges + bytes(8))


def test_tables_of_abbreviations_that_share_their_ends_do_not_take_forever() -> None:
    tables = _abbreviation(1, 0x34) * 50_000
    info = b"".join(_unit(b"", table=start * 5) for start in range(50_000))
    assert "again and again" in _unread(info=info, abbrev=tables + b"\0")


def _line_header(tables: bytes, version: int = 5, line_range: int = 14) -> bytes:
    address_size = b"\4\0" if version == 5 else b""
    parameters = b"\1\1\1\xfb" + bytes([line_range]) + b"\x0d" + bytes(12)
    rest = version.to_bytes(2, "little") + address_size + _word(len(parameters + tables)) + parameters + tables
    return _word(len(rest)) + rest


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (_line_header(b"\1\1\x19\0\1\1\x19" + _leb128(1 << 40)), "its table of 1,099,511,627,776 files"),
        (_line_header(b"", line_range=0), "contradicts itself"),
        (_line_header(b"", version=9), "version 9"),
        (_line_header(b"\1\1\x08\1abc\0")[:-1], "more than there are"),
        (b"", "goes beyond its end"),
    ],
    ids=map(str, range(5)),
)
def test_a_damaged_line_program_is_left_out_and_named(program: bytes, said: str) -> None:
    assert said in _unread(info=_unit(b"\x09" + _word(0)), abbrev=_TOP + b"\0", line=program)


def test_what_claims_to_be_huge_when_decompressed_is_not_decompressed() -> None:
    content = zlib.compress(bytes(1 << 24))
    firmware = _with(_calls(), info=_word(1) + _word(1 << 24) + _word(1) + content)
    sections = [replace(each, compressed=each.name == ".debug_info") for each in firmware.elf.sections]
    lines = line_bytes(replace(firmware, elf=replace(firmware.elf, sections=tuple(sections))))
    assert lines.unread == (f".debug_info claims to be 16,777,216 bytes, compressed to {len(content):,}",)


def test_another_compression_is_named_with_what_to_do() -> None:
    firmware = _with(_calls(), info=_word(2) + _word(100) + _word(1) + bytes(50))
    sections = [replace(each, compressed=each.name == ".debug_info") for each in firmware.elf.sections]
    lines = line_bytes(replace(firmware, elf=replace(firmware.elf, sections=tuple(sections))))
    assert lines.unread == (".debug_info is compressed with zstd; link with -gz=zlib or -gz=none",)


def test_the_older_compression_is_read() -> None:
    whole = {each.name: bytes(each.data) for each in _calls().elf.sections if each.name.startswith(".debug_")}
    firmware = _with(_calls())
    template = firmware.elf.sections[0]
    packed = tuple(
        _section(template, f".z{name[1:]}", b"ZLIB" + len(data).to_bytes(8, "big") + zlib.compress(data))
        for name, data in whole.items()
    )
    firmware = replace(firmware, elf=replace(firmware.elf, sections=(*firmware.elf.sections, *packed)))
    assert line_bytes(firmware) == line_bytes(_calls())


@pytest.mark.parametrize(("kind", "damages"), [("arm-cpp", 20), ("riscv", 80), ("zig-arm", 150)])
def test_damage_in_debug_information_leaves_smaller_but_true_answers(kind: str, damages: int) -> None:
    generator = random.Random(kind)
    firmware = _firmware(kind)
    whole = {each.name[7:]: bytes(each.data) for each in firmware.elf.sections if each.name.startswith(".debug_")}
    names = [name for name in ("info", "abbrev", "line", "ranges", "rnglists", "str") if whole.get(name)]
    function = max(line_bytes(firmware).functions, key=lambda each: each.size_bytes)
    begun = time.process_time()
    for _ in range(damages):
        damaged = dict(whole)
        for _ in range(generator.choice((1, 3, 30))):
            name = generator.choice(names)
            content = bytearray(damaged[name])
            content[generator.randrange(len(content))] = generator.choice(
                (0, 1, 0x7F, 0x80, 0xFF, generator.randrange(256))
            )
            damaged[name] = bytes(
                content[: generator.choice((None, None, None, generator.randrange(1, len(content) + 1)))]
            )
        lines = line_bytes(_with(firmware, **damaged))
        assert sum(each.size_bytes for each in lines.lines) == sum(each.size_bytes for each in lines.functions)
        listed = listing(_with(firmware, **damaged), function.name)
        assert sum(block.size_bytes for block in listed.blocks) == function.size_bytes
    assert time.process_time() - begun < 2 * damages
