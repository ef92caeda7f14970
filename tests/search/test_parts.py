"""Splitting samples: nothing is used twice, the same seed gives the same parts, and classes keep their shares."""

import numpy as np
import pytest

from lilliput.accuracy import Samples
from lilliput.errors import UsageError
from lilliput.search import split


def samples(count: int, classes: int = 4) -> Samples:
    """Samples that can be told apart."""
    return Samples(np.arange(count, dtype=np.float32)[:, None], np.arange(count) % classes, (), "samples.npz")


def numbers(part: Samples) -> list[int]:
    return part.x[:, 0].astype(int).tolist()


def test_no_sample_is_in_two_parts_and_none_is_lost() -> None:
    parts = split(samples(203))
    together = [*numbers(parts.calibration), *numbers(parts.tuning), *numbers(parts.report)]
    assert sorted(together) == list(range(203))


def test_the_same_seed_gives_the_same_parts_and_another_one_others() -> None:
    once, again, other = split(samples(100), seed=3), split(samples(100), seed=3), split(samples(100), seed=4)
    assert numbers(once.tuning) == numbers(again.tuning)
    assert numbers(once.report) == numbers(again.report)
    assert numbers(once.report) != numbers(other.report)


def test_every_part_has_its_share_of_each_class() -> None:
    parts = split(samples(400))
    for part in (parts.calibration, parts.tuning, parts.report):
        assert np.bincount(part.y).tolist() == [len(part) // 4] * 4


def test_files_of_their_own_are_used_whole() -> None:
    own, test = samples(50), samples(60)
    parts = split(samples(100), calibration=own, report=test)
    assert parts.calibration is own
    assert parts.report is test
    assert len(parts.tuning) == 100


def test_few_calibration_samples_are_warned_about() -> None:
    assert "only 10 samples to calibrate with, from samples.npz" in split(samples(50)).warnings[0]
    assert split(samples(200)).warnings == ()


def test_too_few_samples_to_split_are_refused() -> None:
    with pytest.raises(UsageError, match="3 samples are too few"):
        split(samples(3))
