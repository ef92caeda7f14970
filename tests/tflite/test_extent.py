"""How many bytes a model takes that stands among others."""

import random
from pathlib import Path

import pytest

from lilliput.tflite.extent import model_extent

DIGITS = (Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite").read_bytes()


def test_a_model_ends_where_its_file_does() -> None:
    assert model_extent(memoryview(DIGITS)) == len(DIGITS)
    assert model_extent(memoryview(DIGITS + b"\x55" * 999)) == len(DIGITS)


def test_every_real_model_ends_where_its_file_does(shared_models: Path) -> None:
    files = sorted(shared_models.glob("*.tflite"))
    assert len(files) > 10
    for file in files:
        data = file.read_bytes()
        assert model_extent(memoryview(data + b"\x55" * 999)) == len(data), file.name


@pytest.mark.parametrize("size", [0, 4, 7, 8, 100, len(DIGITS) - 4])
def test_part_of_a_model_is_none(size: int) -> None:
    assert model_extent(memoryview(DIGITS[:size])) is None


def test_other_bytes_are_no_model() -> None:
    assert model_extent(memoryview(b"\x00" * 4 + b"TFL3" + b"\x00" * 100)) is None
    assert model_extent(memoryview(b"\xff" * 4 + b"TFL3" + b"\xff" * 100)) is None
    assert model_extent(memoryview(DIGITS.replace(b"TFL3", b"TFL2"))) is None


def test_damaged_models_have_an_extent_inside_their_bytes_or_none() -> None:
    generator = random.Random(4)
    found = 0
    for _ in range(2000):
        data = bytearray(DIGITS)
        for _ in range(generator.randrange(1, 20)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        extent = model_extent(memoryview(data))
        assert extent is None or 8 <= extent <= len(data)
        found += extent is not None
    assert 0 < found < 2000


def test_a_vector_that_holds_itself_many_times_takes_no_time() -> None:
    # A table of buffers whose offsets all lead to one place, as many as the bytes allow.
    count = 1 << 20
    layout = (24).to_bytes(2, "little") + (8).to_bytes(2, "little") + bytes(8) + (4).to_bytes(2, "little") + bytes(10)
    table = (24).to_bytes(4, "little") + (4).to_bytes(4, "little")
    vector = count.to_bytes(4, "little") + b"\x04\x00\x00\x00" * count
    data = (32).to_bytes(4, "little") + b"TFL3" + layout + table + vector
    assert model_extent(memoryview(data)) is None
