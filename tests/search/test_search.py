"""A whole search on the digits: every number of the outcome is measured, and the same seed finds the same."""

from pathlib import Path

import pytest

from lilliput import tflite
from lilliput.accuracy import METRICS, evaluate, read_samples
from lilliput.errors import DoesNotFitError
from lilliput.options import Options
from lilliput.search import Frontier, SearchOptions, search, split

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits"
GRAPH = tflite.read(EXAMPLE / "digits.tflite")
PARTS = split(read_samples(EXAMPLE / "test_set.npz"))


def found(options: SearchOptions) -> Frontier:
    return search(GRAPH, PARTS, METRICS["top1"], options)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('study') / 'study.db'}"


@pytest.fixture(scope="module")
def frontier(database: str) -> Frontier:
    return found(SearchOptions(trials=6, builds=2, study=database))


@pytest.mark.slow
def test_the_chosen_candidate_is_smaller_and_loses_no_more_than_allowed(frontier: Frontier) -> None:
    chosen = frontier.require_chosen()
    assert chosen.flash_bytes < frontier.original.flash_bytes
    assert chosen.tuning_loss <= 1.0
    assert len(frontier.tried) == 6


@pytest.mark.slow
@pytest.mark.usefixtures("tflm")
def test_what_is_told_of_a_candidate_is_true_of_its_file(frontier: Frontier) -> None:
    chosen = frontier.require_chosen()
    graph = tflite.read_bytes(chosen.model, "chosen.tflite")
    assert evaluate(graph, PARTS.report, METRICS["top1"]).value == chosen.value
    assert chosen.oracle is not None
    assert chosen.oracle.name == "tflm"


@pytest.mark.slow
def test_a_search_that_is_done_is_only_measured_again_and_a_budget_no_one_keeps_names_the_nearest(
    frontier: Frontier, database: str
) -> None:
    again = found(SearchOptions(trials=6, builds=1, study=database, flash_bytes=100, build=Options(max_slowdown=1)))
    assert [each.number for each in again.tried] == [each.number for each in frontier.tried]
    assert again.chosen is None
    with pytest.raises(DoesNotFitError, match=r"100 bytes of flash; the nearest one .* takes"):
        again.require_chosen()
