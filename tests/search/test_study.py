"""Studies persist: trials are neither lost nor counted twice, whatever ended the program that did them."""

from pathlib import Path

import pytest

from lilliput.errors import LilliputError, ToolError, UsageError
from lilliput.search.space import UNCHANGED
from lilliput.search.study import Study
from lilliput.search.work import TrialResult
from tests.search.test_seeds import scan

LAYERS = (0, 2)
RESULT = TrialResult(97.0, 0.5, 0.01, 1234)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'study.db'}"


def study(url: str | None, name: str = "a model") -> Study:
    return Study(url, name, LAYERS, seed=1)


def asked(one: Study) -> tuple[int, dict[int, str]]:
    found = one.ask()
    assert found is not None
    return found[0], dict(found[1])


def test_what_was_told_is_there_again(url: str) -> None:
    one = study(url)
    number, chosen = asked(one)
    one.tell(number, RESULT)
    one.keep_scan(scan(2, 0.5))
    again = study(url)
    assert [(each.number, dict(each.chosen), each.result) for each in again.tried] == [(number, chosen, RESULT)]
    assert again.scans == {2: scan(2, 0.5)}


def test_what_was_left_unfinished_is_tried_again_once(url: str) -> None:
    number, chosen = asked(study(url))
    again = study(url)
    other, repeated = asked(again)
    assert (repeated, other != number) == (chosen, True)
    again.tell(other, RESULT)
    assert len(study(url).tried) == 1


def test_proposals_are_tried_first_and_only_once(url: str) -> None:
    proposals = [{0: UNCHANGED, 2: UNCHANGED}, {0: "7 levels", 2: "3 levels"}]
    one = study(url)
    one.propose(proposals)
    number, chosen = asked(one)
    assert chosen == proposals[0]
    one.tell(number, RESULT)
    again = study(url)
    again.propose(proposals)
    assert asked(again)[1] == proposals[1]
    assert asked(again)[1] not in proposals


def test_nothing_is_ever_asked_twice_and_a_small_space_ends() -> None:
    one = Study(None, "a model", (0,), seed=0)
    seen: list[str] = []
    while (found := one.ask()) is not None:
        number, chosen = found
        seen.append(chosen[0])
        one.tell(number, RESULT)
    assert len(seen) == len(set(seen))
    assert len(seen) > 10


def test_the_same_seed_asks_the_same() -> None:
    one, other = study(None), study(None)
    assert [asked(one)[1] for _ in range(5)] == [asked(other)[1] for _ in range(5)]


def test_searches_share_a_database_without_mixing(url: str) -> None:
    one = study(url)
    one.tell(asked(one)[0], RESULT)
    assert study(url, "another model").tried == []


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ("nosuch://somewhere/x", UsageError),
        ("sqlite:////nosuch/folder/study.db", ToolError),
        ("postgresql://nobody@127.0.0.1:1/none", ToolError),
        ("://", UsageError),
    ],
)
def test_a_database_that_cannot_be_is_refused(bad: str, error: type[LilliputError]) -> None:
    with pytest.raises(error):
        study(bad)
