"""What an encoding is: tensors of int8 weights -> a code for them -> bytes in flash that a decoder in C reads.

One folder per encoding under `encodings/` holds a subclass of `Encoding` and its decoder, `decode_<name>` in
<name>.c (runtime/decode.h says what a decoder does). `encodings.ALL` lists one instance of each.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """An encoded tensor: the fields of `struct encoded`. The table may be that of several tensors."""

    data: NDArray[Any]
    table: NDArray[Any] | None
    parameter: int


class Code(ABC):
    """How an encoding stores certain tensors."""

    def table_bytes(self) -> int:
        """The bytes that tensors of this code share."""
        return 0

    @abstractmethod
    def size_bytes(self, weights: Weights) -> int:
        """The bytes of `store(weights)` without those that are shared."""

    @abstractmethod
    def store(self, weights: Weights) -> Stored:
        """Encode weights, one of the code's tensors in any order, so that the decoder gives them back in that order."""


class Encoding(ABC):
    """A way to store weights in fewer bytes, without changing one of them. Instances are stateless."""

    name: ClassVar[str]
    """The name of the folder and of the decoder."""
    instructions: ClassVar[float]
    """What decoding a weight takes: those of the decoder's loop on a Cortex-M4 (gcc -Os), for predictions."""

    @abstractmethod
    def code(self, tensors: Sequence[Weights]) -> Code | None:
        """The code with the fewest bytes for all these tensors together; None where the encoding cannot store them."""


def histogram(tensors: Sequence[Weights]) -> NDArray[np.int64]:
    """How often each value occurs: element i counts the weights of i - 128."""
    counts = np.zeros(256, np.int64)
    for weights in tensors:
        counts += np.bincount(weights.ravel().astype(np.int16) + 128, minlength=256)
    return counts
