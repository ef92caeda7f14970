"""How a float model becomes one of integers."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from lilliput.errors import UsageError

Range = tuple[float, float]
"""The smallest and the largest real value that a tensor must hold."""
RangeMethod = Literal["min-max", "percentile", "mse"]
ActivationType = Literal["int8", "int16"]


@dataclass(frozen=True, slots=True)
class QuantizeOptions:
    """What calibration decides, and what it does not.

    `ranges`: what of a tensor's values on the samples must be representable: all; all but those beyond `percentile` on
    either side; or what makes the mean squared error smallest. `input_range` is known and not calibrated. `wide` are
    indices of operators that compute with int16 activations where the others have int8.
    """

    ranges: RangeMethod = "min-max"
    percentile: float = 99.99
    activations: ActivationType = "int8"
    wide: frozenset[int] = field(default_factory=frozenset[int])
    bias_correction: bool = True
    input_range: Range | None = None

    def __post_init__(self) -> None:
        for name, value, kinds in (
            ("ranges", self.ranges, get_args(RangeMethod)),
            ("activations", self.activations, get_args(ActivationType)),
        ):
            if value not in kinds:
                raise UsageError(f'there are no {name} "{value}"', advice=f"Choose one of: {', '.join(kinds)}.")
        if not 50 < self.percentile <= 100:
            raise UsageError(f"the percentile {self.percentile} is not above 50 and up to 100", advice="Try 99.99.")
        if self.input_range is not None and not self.input_range[0] < self.input_range[1]:
            raise UsageError(f"the input range {self.input_range} is empty", advice="Give the smaller end first.")


DEFAULT_OPTIONS = QuantizeOptions()
