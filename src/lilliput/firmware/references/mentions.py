"""What is found in the bytes of a firmware before anybody knows what it means: addresses mentioned at addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


ANYWHERE = -1
"""The section of a mention that any section with its address may hold."""


class Kind(IntEnum):
    """How one range refers to another; of two between the same ranges the lower one is told."""

    BRANCH = 0
    """A call or a jump."""
    ADDRESS = 1
    """Instructions that put an address together."""
    LITERAL = 2
    """A word among the instructions, to be loaded by them."""
    POINTER = 3
    """A word of data."""
    UNWINDING = 4
    """A function and the tables that unwind its stack."""
    MEMBER = 5
    """An archive member and what its presence alone keeps, such as its constructors."""


@dataclass(frozen=True, slots=True, eq=False)
class Mentions:
    """Arrays of one length: at address `sites[i]`, in section `sections[i]`, the address `targets[i]` is mentioned.

    `confirmed` ones come from a relocation; the others are what the bytes look like.
    """

    sections: Integers
    sites: Integers
    targets: Integers
    kinds: Integers
    confirmed: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_]) -> "Mentions":
        """Only the chosen ones."""
        return Mentions(
            self.sections[chosen],
            self.sites[chosen],
            self.targets[chosen],
            self.kinds[chosen],
            self.confirmed[chosen],
        )


def mentions(section: int, sites: Integers, targets: Integers, kind: Kind, *, confirmed: bool = False) -> Mentions:
    """Mentions of one kind in one section."""
    count = len(sites)
    return Mentions(
        np.full(count, section, np.int64),
        sites.astype(np.int64),
        targets.astype(np.int64),
        np.full(count, kind, np.int64),
        np.full(count, confirmed, np.bool_),
    )


def joined(parts: Sequence[Mentions]) -> Mentions:
    """All mentions of `parts`."""
    none = np.zeros(0, np.int64)
    every = [mentions(0, none, none, Kind.BRANCH), *parts]
    return Mentions(
        np.concatenate([part.sections for part in every]),
        np.concatenate([part.sites for part in every]),
        np.concatenate([part.targets for part in every]),
        np.concatenate([part.kinds for part in every]),
        np.concatenate([part.confirmed for part in every]),
    )
