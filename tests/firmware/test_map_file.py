from pathlib import Path

import pytest

from lilliput.errors import UsageError
from lilliput.firmware.map_file import MapFile, Memory, read_map

GNU = """\
Archive member included to satisfy reference by file (symbol)

lib drivers.a(drivers.o)      main.o (start)

Discarded input sections

 .text.unused   0x00000000       0x40 main.o

Memory Configuration

Name             Origin             Length             Attributes
FLASH            0x08000000         0x00080000         xr
EEPROM           0x00810000         0x00000400         rw !x
rom              0x00000000         0x00001000
*default*        0x00000000         0xffffffff

Linker script and memory map

LOAD main.o
                0x20010000                        _estack = (ORIGIN (RAM) + LENGTH (RAM))

.text           0x08000000       0x58
 *(.text .text*)
 .text.a        0x08000000       0x10 main.o
 .text.a_function_with_a_long_name
                0x08000010       0x20 C:\\project\\my lib\\libapp.a(source (1).o)
                0x08000010                a_function_with_a_long_name
 *fill*         0x08000030        0x8 00bf
 *(.rodata*)
 .rodata.of_that_name
                0x08000038        0x8 /tmp/ccAbC123.ltrans0.ltrans.o
 .rodata.str1.1
                0x08000040       0x18 main.o
                                 0x22 (size before relaxing)
                0x08000058                        _etext = .
                0x08000058                        PROVIDE (__exidx_start = .)
                [!provide]                        PROVIDE (__unused = .)

.data           0x20000000        0x4 load address 0x08000058
 .data.x        0x20000000        0x4 main.o

.fuse

.bss            0x20000004        0x0
 COMMON         0x20000004        0x0 main.o

Cross Reference Table

Symbol                                            File
.text           0x08000000       0x99 ghost.o
"""

LLD = """\
     VMA      LMA     Size Align Out     In      Symbol
       0        0    10000     1 . = 0x00010000
   10000    10000       30     4 .text
   10000    10000       10     4         main.o:(.text.main)
   10001    10001       10     1                 main
   10010    10010       18     4         lib drivers.a(drivers.o):(.text.send)
   10028    10028        8     1         <internal>:(.rodata.str1.1)
   10030    10030        0     1         etext = .
"""


def read(tmp_path: Path, text: str) -> MapFile:
    path = tmp_path / "firmware.map"
    path.write_text(text, encoding="utf-8")
    return read_map(path)


def test_memories_of_gnu_ld_are_read_with_their_attributes(tmp_path: Path) -> None:
    assert read(tmp_path, GNU).memories == (
        Memory("FLASH", 0x08000000, 0x80000, "xr"),
        Memory("EEPROM", 0x810000, 0x400, "rw !x"),
        Memory("rom", 0, 0x1000, ""),
    )


def test_contributions_of_gnu_ld_are_read_without_discarded_sections(tmp_path: Path) -> None:
    found = read(tmp_path, GNU).contributions
    assert [(each.input_section, each.address, each.size_bytes) for each in found] == [
        (".text.a", 0x08000000, 0x10),
        (".text.a_function_with_a_long_name", 0x08000010, 0x20),
        ("*fill*", 0x08000030, 8),
        (".rodata.of_that_name", 0x08000038, 8),
        (".rodata.str1.1", 0x08000040, 0x18),
        (".data.x", 0x20000000, 4),
    ]


def test_objects_and_archives_are_told_apart_whatever_their_paths(tmp_path: Path) -> None:
    found = read(tmp_path, GNU).contributions
    assert [(each.object, each.archive) for each in found[:4]] == [
        ("main.o", ""),
        ("source (1).o", "C:/project/my lib/libapp.a"),
        ("", ""),
        ("ltrans0.o", ""),
    ]


def test_symbols_of_the_linker_script_are_known(tmp_path: Path) -> None:
    assert read(tmp_path, GNU).assigned >= {"_estack", "_etext", "__exidx_start"}
    assert "a_function_with_a_long_name" not in read(tmp_path, GNU).assigned


def test_contributions_of_lld_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, LLD)
    assert [
        (each.input_section, each.address, each.size_bytes, each.object, each.archive) for each in found.contributions
    ] == [
        (".text.main", 0x10000, 0x10, "main.o", ""),
        (".text.send", 0x10010, 0x18, "drivers.o", "lib drivers.a"),
        (".rodata.str1.1", 0x10028, 8, "", ""),
    ]
    assert {each.output.name for each in found.contributions} == {".text"}
    assert found.assigned == {"etext"}


@pytest.mark.parametrize("text", ["", "main.o\n", "\0" * 100, "Memory Configuration\n"])
def test_what_is_no_map_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="no map of GNU ld or lld"):
        read(tmp_path, text)


def test_a_missing_map_is_an_error_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_map(tmp_path / "none.map")
