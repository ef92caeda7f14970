"""What is tried first: layers that mind little give up more, and the ends of the range are there."""

from lilliput.search import seeds
from lilliput.search.space import LADDER, UNCHANGED, described
from lilliput.search.work import SCANNED, LayerScan, TrialResult


def scan(layer: int, minds: float) -> LayerScan:
    """A layer whose noise falls and whose bytes grow with its place in the ladder."""
    options = {name: (2.0**-place, 100 + 10 * place) for place, name in enumerate(list(LADDER)[::-1])}
    options[UNCHANGED] = (0.0, 500)
    alone = {name: TrialResult(90.0, 1.0, minds * options[name][0], 1000) for name in SCANNED}
    return LayerScan(layer, "conv_2d", alone, options)


def test_the_unchanged_model_is_tried_first() -> None:
    first, *others = seeds.uniform((0, 3))
    assert first == {0: UNCHANGED, 3: UNCHANGED}
    assert all(len(set(each.values())) == 1 for each in others)


def test_allocations_reach_from_nothing_lost_to_nothing_left() -> None:
    scans = [scan(0, 1.0), scan(1, 1.0)]
    found = seeds.allocated(scans, 100)
    assert found[0] == {0: UNCHANGED, 1: UNCHANGED}
    smallest = min(scans[0].options, key=lambda name: scans[0].options[name][1])
    assert found[-1] == {0: smallest, 1: smallest}


def test_a_layer_that_minds_more_is_never_given_fewer_bytes() -> None:
    easy, hard = scan(0, 0.01), scan(1, 10.0)
    for chosen in seeds.allocated([easy, hard], 100):
        assert easy.options[chosen[0]][1] <= hard.options[chosen[1]][1]


def test_no_more_are_proposed_than_asked_for_and_none_twice() -> None:
    found = seeds.allocated([scan(0, 0.1), scan(1, 1.0), scan(2, 3.0)], 5)
    assert len(found) <= 5
    assert len({tuple(each.items()) for each in found}) == len(found)


def test_scans_survive_json() -> None:
    one = scan(4, 0.5)
    assert LayerScan.from_json(one.to_json()) == one


def test_choices_are_told_in_words() -> None:
    assert described({0: UNCHANGED, 1: UNCHANGED}, 2) == "unchanged"
    assert described({0: "7 levels", 1: "7 levels"}, 2) == "7 levels everywhere"
    assert described({0: "7 levels", 1: UNCHANGED, 4: "3 levels"}, 3) == "7 levels in 0; 3 levels in 4"
