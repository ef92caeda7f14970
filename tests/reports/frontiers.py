"""A search's outcome, made up, with names that could break a page."""

import numpy as np

from lilliput.accuracy import METRICS, Samples
from lilliput.oracles import Oracle
from lilliput.search import Candidate, Frontier, Parts, SearchOptions
from lilliput.search.study import Tried
from lilliput.search.work import SCANNED, LayerScan, TrialResult

ORACLE = Oracle("tflm", "1", "tflm")


def candidate(trial: int, what: str, value: float, flash_bytes: int, instructions: int | None = 4321) -> Candidate:
    """A candidate whose losses follow from its value."""
    loss = 98.0 - value
    return Candidate(trial, {0: "7 levels"}, what, b"x" * 9, loss, value, loss, flash_bytes, 892, instructions, ORACLE)


def frontier(*, chosen: bool = True) -> Frontier:
    """Three candidates, of which one is beaten by another."""
    original = candidate(0, "unchanged", 98.0, 4447)
    best = candidate(3, '7 levels in 0; <b>"3 levels"</b> & more', 97.5, 3200)
    beaten = candidate(5, "5 levels everywhere", 80.0, 3300, None)
    part = Samples(np.zeros((40, 1)), np.zeros(40), (), "<samples>.npz")
    result = TrialResult(97.5, 0.5, 0.01, 1158)
    alone: dict[str, TrialResult] = dict.fromkeys(SCANNED, result)
    return Frontier(
        model="<digits>.tflite",
        metric=METRICS["top1"],
        parts=Parts(part, part, part),
        warnings=("only 10 samples to calibrate with",),
        options=SearchOptions(),
        reference=None,
        original=original,
        candidates=(best, original),
        others=(beaten,),
        tried=(Tried(0, {0: "unchanged"}, result), Tried(3, {0: "7 levels"}, result)),
        scans=(LayerScan(0, "conv_2d", alone, {"unchanged": (0.0, 576)}),),
        chosen=best if chosen else None,
        interrupted=False,
    )
