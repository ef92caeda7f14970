import struct
from pathlib import Path

import pytest

from lilliput.errors import FirmwareError, UsageError
from lilliput.firmware.elf import SymbolKind, read_elf
from tests.firmware import builds


def changed(tmp_path: Path, kind: str, *edits: tuple[int, bytes]) -> Path:
    """The ELF file of `kind` with bytes at these offsets replaced."""
    content = bytearray(builds.build(kind).read_bytes())
    for offset, data in edits:
        content[offset : offset + len(data)] = data
    path = tmp_path / "changed.elf"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("kind", "machine"), [("arm", "arm"), ("riscv", "riscv"), ("avr", "avr")])
def test_the_machine_is_told_by_name(kind: str, machine: str) -> None:
    assert read_elf(builds.build(kind)).machine == machine


def test_files_of_the_other_byte_order_are_read() -> None:
    elf = read_elf(builds.build("arm-big-endian"))
    assert not elf.little_endian
    assert [each.size_bytes for each in elf.symbols if each.name == "samples"] == [96]


def test_symbols_know_kind_binding_and_file() -> None:
    symbols = {each.name: each for each in read_elf(builds.build("arm")).symbols}
    assert (symbols["curve"].kind, symbols["curve"].file) == (SymbolKind.OBJECT, "application.c")
    assert (symbols["main"].kind, symbols["main"].file, symbols["main"].is_global) == (SymbolKind.FUNCTION, "", True)


def test_initial_values_have_a_load_address_in_flash() -> None:
    data = read_elf(builds.build("arm")).section(".data")
    assert data is not None
    assert data.address == 0x20000000
    assert 0x08000000 < data.load_address < 0x08010000


def test_load_addresses_that_the_linker_left_empty_are_those_of_run_time(tmp_path: Path) -> None:
    content = builds.build("arm").read_bytes()
    headers, count = struct.unpack_from("<28xI12xH", content)
    path = changed(tmp_path, "arm", *((headers + 32 * index + 12, bytes(4)) for index in range(count)))
    data = read_elf(path).section(".data")
    assert data is not None
    assert data.load_address == data.address


def test_object_files_are_refused() -> None:
    with pytest.raises(UsageError, match="not a linked program"):
        read_elf(builds.build("arm").with_name("startup.o"))


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"not an ELF file at all", bytes(100)])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.elf"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not an ELF file"):
        read_elf(path)


def test_a_missing_file_is_an_error_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_elf(tmp_path / "none.elf")


def test_programs_of_64_bits_are_no_firmware(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="for 64 bits"):
        read_elf(changed(tmp_path, "arm", (4, b"\x02")))


def test_the_wrong_byte_order_in_the_header_is_an_error(tmp_path: Path) -> None:
    with pytest.raises((UsageError, FirmwareError)):
        read_elf(changed(tmp_path, "arm", (5, b"\x02")))


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_files_cut_short_are_damaged(share: float, tmp_path: Path) -> None:
    content = builds.build("arm").read_bytes()
    path = tmp_path / "short.elf"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FirmwareError, match="beyond the end of the file"):
        read_elf(path)
