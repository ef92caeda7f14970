from pathlib import Path

import pytest

from lilliput.errors import FirmwareError, UsageError, VerificationError
from lilliput.firmware.accounting import account
from lilliput.firmware.images import FILLED_GAP_BYTES, flash_images
from tests.firmware import builds
from tests.firmware.elves import elf, section

ONE = section(".one", 0x1000, data=b"abcd")


def changed(tmp_path: Path, kind: str, **edits: bytes) -> Path:
    """The binary of `kind` with bytes at offset `at_N` replaced."""
    content = bytearray(builds.build(kind).with_suffix(".bin").read_bytes())
    for name, data in edits.items():
        offset = int(name.removeprefix("at_"))
        content[offset : offset + len(data)] = data
    path = tmp_path / "flashed.bin"
    path.write_bytes(content)
    return path


def test_sections_close_to_each_other_are_one_image_with_a_gap() -> None:
    (image,) = flash_images(elf(ONE, section(".two", 0x1010, data=b"ef", index=1)))
    assert (image.address, image.size_bytes, image.gaps) == (0x1000, 0x12, ((0x1004, 0x1010),))


def test_sections_far_apart_are_images_of_their_own() -> None:
    far = section(".two", 0x1005 + FILLED_GAP_BYTES, data=b"ef", index=1)
    assert [each.size_bytes for each in flash_images(elf(ONE, far))] == [4, 2]


def test_images_go_by_load_addresses() -> None:
    two = section(".two", 0x20000000, data=b"ef", load_address=0x1004, index=1)
    assert [each.size_bytes for each in flash_images(elf(ONE, two))] == [6]


def test_two_sections_in_the_same_flash_are_refused() -> None:
    with pytest.raises(FirmwareError, match=r"\.one and \.two are flashed to the same place"):
        flash_images(elf(ONE, section(".two", 0x1003, data=b"ef", index=1)))


@pytest.mark.parametrize("kind", builds.KINDS)
def test_binaries_that_objcopy_writes_are_accepted(kind: str) -> None:
    for binary in builds.build(kind).parent.glob("*.bin"):
        account(builds.build(kind), binary=binary)


def test_gaps_may_hold_erased_flash(tmp_path: Path) -> None:
    account(builds.build("arm"), binary=changed(tmp_path, "arm", at_72=b"\xff" * 56))


def test_a_changed_byte_is_named_with_its_section(tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match=r"at offset 0x80 \(section \.text\)"):
        account(builds.build("arm"), binary=changed(tmp_path, "arm", at_128=b"\x00"))


def test_a_binary_that_is_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.bin"
    path.write_bytes(builds.build("arm").with_suffix(".bin").read_bytes() + bytes(8))
    with pytest.raises(VerificationError, match="and the ELF file gives"):
        account(builds.build("arm"), binary=path)


def test_a_binary_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.bin"
    path.write_bytes(builds.build("arm").with_suffix(".bin").read_bytes()[:-1])
    with pytest.raises(VerificationError, match="differs from the ELF file at offset"):
        account(builds.build("arm"), binary=path)


def test_a_missing_binary_is_an_error_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the binary cannot be read"):
        account(builds.build("arm"), binary=tmp_path / "none.bin")
