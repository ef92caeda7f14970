"""What shrinking gives, as values: made by `exact` and `proof`, read by the reports."""

from dataclasses import dataclass
from typing import Literal

from lilliput.oracles import Oracle
from lilliput.transforms import Saving


@dataclass(frozen=True, slots=True)
class ShrinkOptions:
    """How to shrink, and on how many random inputs to compare before anything is written.

    `contract` says who must compute the same bytes as before: TFLM and LiteRT, or TFLM alone. Names of tensors that are
    no inputs or outputs are kept when asked for.
    """

    contract: Literal["both", "tflm"] = "both"
    keep_names: bool = False
    inputs: int = 20
    seed: int = 0


DEFAULT_OPTIONS = ShrinkOptions()


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison in one interpreter: `what` of the two models, and how many of `compared_bytes` differ.

    `refusal` says why the interpreter, which takes the original, does not take the other. Only what `binds` is promised
    to be the same.
    """

    oracle: Oracle
    what: str
    compared_bytes: int
    differing_bytes: int
    refusal: str
    binds: bool

    @property
    def failed(self) -> bool:
        """Whether the two models are not the same here."""
        return bool(self.differing_bytes or self.refusal)


@dataclass(frozen=True, slots=True)
class Proof:
    """Comparisons over `inputs` random inputs; none where no interpreter is installed or takes the original.

    `refusals` say why an interpreter that is installed does not take the original.
    """

    inputs: int
    checks: tuple[Check, ...]
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelSize:
    """Bytes of a model: in the file, in its constants, and of TFLM's arena with the reference kernels."""

    file_bytes: int
    constant_bytes: int
    arena_bytes: int


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A model before and after. Where nothing is saved, `data` is the original and there is no proof."""

    model: str
    sha256: str
    data: bytes
    before: ModelSize
    after: ModelSize
    savings: tuple[Saving, ...]
    proof: Proof | None
    notes: tuple[str, ...]
