"""Plans in which whatever can hand over pixels does, whether it saves memory or not."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from lilliput.planning.search import Arena


def _rank(arena: Arena) -> tuple[int, int]:
    return -arena.handovers, arena.size_bytes


@contextmanager
def everything_fused() -> Generator[None]:
    """The planner prefers chains to small arenas."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lilliput.planning.search.Arena.rank", property(_rank))
        patch.setattr("lilliput.planning.search._is_at_peak", lambda *_: True)
        patch.setattr("lilliput.planning.planner.lower_bound_bytes", lambda *_, **__: 0)
        yield
