"""Damaged files: each is read into a sound graph or refused with a LilliputError, quickly."""

import random
import struct
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from lilliput.errors import LilliputError
from lilliput.ir.checker import check
from lilliput.tflite import read_bytes, write
from tests.tflite.small_model import small_model

SEEDS_FOR_SMALL_MODEL = 4000
SEEDS_FOR_EACH_SHARED_MODEL = 15
LONGEST_READ_SECONDS = 2.0
ODD_NUMBERS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Mutation = Callable[[random.Random, bytearray], None]


def truncate(source: random.Random, data: bytearray) -> None:
    del data[source.randrange(len(data)) :]


def flip_a_bit(source: random.Random, data: bytearray) -> None:
    data[source.randrange(len(data))] ^= 1 << source.randrange(8)


def overwrite_a_byte(source: random.Random, data: bytearray) -> None:
    data[source.randrange(len(data))] = 0xFF


def overwrite_a_field(source: random.Random, data: bytearray) -> None:
    value = source.choice((*ODD_NUMBERS, source.randrange(len(data)), source.getrandbits(32)))
    struct.pack_into("<I", data, 4 * source.randrange(len(data) // 4), value)


def move_a_field(source: random.Random, data: bytearray) -> None:
    offset = 4 * source.randrange(len(data) // 4)
    (value,) = struct.unpack_from("<I", data, offset)
    struct.pack_into("<I", data, offset, (value + source.choice((-8, -4, -1, 1, 4, 8))) % 2**32)


MUTATIONS: tuple[Mutation, ...] = (truncate, flip_a_bit, overwrite_a_byte, overwrite_a_field, move_a_field)


def mutated(original: bytes, seed: int) -> bytes:
    source = random.Random(seed)
    data = bytearray(original)
    for _ in range(1 + seed % 3):
        if len(data) >= 4:
            MUTATIONS[(seed + source.randrange(2)) % len(MUTATIONS)](source, data)
    return bytes(data)


def read_mutations(original: bytes, seeds: int) -> tuple[int, int]:
    """How many mutations were (read, refused)."""
    errors: list[LilliputError] = []
    for seed in range(seeds):
        start = process_time()
        try:
            check(read_bytes(mutated(original, seed), "mutated"))
        except LilliputError as error:
            errors.append(error)
        assert process_time() - start < LONGEST_READ_SECONDS, f"seed {seed}"
    assert all(error.fact and error.where for error in errors)
    return seeds - len(errors), len(errors)


@pytest.mark.slow
def test_a_damaged_file_is_read_soundly_or_refused() -> None:
    was_read, refused = read_mutations(write(small_model()), SEEDS_FOR_SMALL_MODEL)
    assert was_read > SEEDS_FOR_SMALL_MODEL // 20
    assert refused > SEEDS_FOR_SMALL_MODEL // 4


def test_every_truncation_of_a_file_is_refused() -> None:
    original = write(small_model())
    for size in range(0, len(original) - 1, 7):
        with pytest.raises(LilliputError):
            read_bytes(original[:size], "truncated")


@pytest.mark.slow
def test_a_damaged_real_file_is_read_soundly_or_refused(shared_models: Path) -> None:
    for path in sorted(shared_models.glob("*.tflite")):
        read_mutations(path.read_bytes(), SEEDS_FOR_EACH_SHARED_MODEL)
