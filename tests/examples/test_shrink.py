"""The two worked models of docs/shrink-examples.md: what they reach is measured again, where their data are present."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from examples.shrink import gestures, speech
from examples.shrink.ladder import Ladder, climb, right, told

from lilliput.errors import DoesNotFitError

RUNGS = ("unchanged", "15 levels")
LOST_POINTS = 2.0
PAGE = Path(__file__).parents[2] / "docs" / "shrink-examples.md"


@pytest.mark.slow
@pytest.mark.usefixtures("arm_gcc", "tflm", "shared_data")
def test_speech_fits_9500_bytes_and_loses_at_most_2_points_on_other_speakers(shared_models: Path) -> None:
    ladder = climb(speech.task(shared_models.parent), RUNGS)
    original, chosen = ladder.rungs["unchanged"], ladder.rungs[ladder.chosen]
    assert right(original.tuning_value, ladder.task.tuning) + right(original.value, ladder.task.report) == 250
    assert chosen.flash_bytes <= 9500
    assert original.value - chosen.value <= LOST_POINTS
    assert_told(ladder)


@pytest.mark.slow
@pytest.mark.usefixtures("arm_gcc", "tflm", "shared_data")
def test_gestures_take_at_most_70_percent_of_the_flash_and_lose_none(shared_models: Path) -> None:
    ladder = climb(gestures.task(shared_models.parent), RUNGS)
    original, chosen = ladder.rungs["unchanged"], ladder.rungs[ladder.chosen]
    assert chosen.flash_bytes <= 0.7 * original.flash_bytes
    assert right(original.value, ladder.task.report) == right(chosen.value, ladder.task.report) == 22
    assert len(ladder.task.report) == 25
    with pytest.raises(DoesNotFitError, match="no model takes at most 100 bytes"):
        climb(replace(ladder.task, flash_bytes=100), RUNGS[:1])
    assert_told(ladder)


def assert_told(ladder: Ladder) -> None:
    text = told(ladder)
    assert set(text.splitlines()) <= set(PAGE.read_text(encoding="utf-8").splitlines())
    assert f"{ladder.rungs[ladder.chosen].flash_bytes:,} bytes are" in text
    assert f"0 output bytes of {len(ladder.task.tuning) + len(ladder.task.report)} samples differ" in text


def test_no_speaker_is_in_both_halves_of_equal_size() -> None:
    speakers = ["a"] * 5 + ["b"] * 3 + ["c"] * 2 + ["d"] * 2
    first = speech.halved(speakers).tolist()
    assert first == [True] * 5 + [False] * 5 + [True] * 2


def test_gestures_lie_one_after_the_other_and_are_scaled_to_0_to_1(tmp_path: Path) -> None:
    rows = ["aX,aY,aZ,gX,gY,gZ", *["4,0,-4,2000,0,-2000"] * 119, *["0,0,0,0,0,0"] * 119]
    for name in gestures.CLASSES:
        (tmp_path / f"{name}.csv").write_text("\n".join(rows))
    found = gestures.samples(tmp_path)
    assert found.x.shape == (10, 119, 6)
    assert found.y.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    np.testing.assert_array_equal(found.x[0, 0], [1, 0.5, 0, 1, 0.5, 0])
    np.testing.assert_array_equal(found.x[1, -1], [0.5] * 6)
