"""Scanned layers -> choices that are worth trying first, so that few trials already give a good frontier."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lilliput.search.space import LADDER, UNCHANGED, Chosen
from lilliput.search.work import LayerScan

UNIFORM = ("63 levels", "31 levels", "15 levels", "7 levels")
"""What is done to all layers alike."""
_PRICES = 300
"""Of a byte, from where nothing is worth saving to where only bytes count."""


def uniform(layers: Sequence[int]) -> list[Chosen]:
    """The same for all layers, and first of all nothing."""
    return [dict.fromkeys(layers, name) for name in (UNCHANGED, *UNIFORM)]


def allocated(scans: Sequence[LayerScan], most: int) -> list[Chosen]:
    """At most `most` choices along the lower convex hull of predicted distortion against predicted bytes.

    For each price of a byte every layer takes what costs it least, distortion and bytes together, which is the best for
    all layers together as far as their distortions add up: Shoham and Gersho, "Efficient bit allocation for an
    arbitrary set of quantizers" (1988).
    """
    costs = {scan.layer: _costs(scan) for scan in scans}
    found: dict[tuple[str, ...], Chosen] = {}
    for price in _prices(costs.values()):
        chosen = {layer: min(own, key=lambda name: own[name][0] + price * own[name][1]) for layer, own in costs.items()}
        found.setdefault(tuple(chosen.values()), chosen)
    every = list(found.values())
    places = np.unique(np.linspace(0, len(every) - 1, min(most, len(every))).round().astype(int))
    return [every[place] for place in places.tolist()]


def _costs(scan: LayerScan) -> Mapping[str, tuple[float, int]]:
    """For each choice the distortion of the model's scores and the bytes; distortion grows with the layer's noise."""
    noise = sum(scan.options[name][0] for name in scan.alone)
    distortion = sum(result.distortion for result in scan.alone.values())
    slope = distortion / noise if noise else 0.0
    return {name: (slope * scan.options[name][0], scan.options[name][1]) for name in LADDER}


def _prices(costs: Iterable[Mapping[str, tuple[float, int]]]) -> list[float]:
    """From so low that only distortion counts to so high that only bytes do."""
    largest = [max(distortion for distortion, _ in own.values()) for own in costs]
    top = max([*largest, 1e-12])
    return np.geomspace(top * 1e-12, top, _PRICES).tolist()
