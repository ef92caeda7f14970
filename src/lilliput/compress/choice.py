"""What is done to the weights of one layer."""

from dataclasses import dataclass

from lilliput.errors import UsageError


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """At most one of `levels` and `clusters`, and a share of the weights that become zero.

    `levels`: how many evenly spaced values a weight can have, zero in the middle; 15 fit in four bits. `clusters`: how
    many values of the present ones are left, for the whole tensor. `pruned`: 0.5 makes half of the weights zero.
    """

    levels: int | None = None
    clusters: int | None = None
    pruned: float = 0.0

    def __post_init__(self) -> None:
        if self.levels is not None and self.clusters is not None:
            raise UsageError("weights can have levels or clusters, not both", advice="Leave out one of them.")
        for name, count in (("levels", self.levels), ("clusters", self.clusters)):
            if count is not None and not 2 <= count <= 255:
                raise UsageError(f"{count} {name} are not between 2 and 255", advice="Choose from 2 to 255.")
        if not 0.0 <= self.pruned < 1.0:
            raise UsageError(f"a share of {self.pruned} cannot become zero", advice="Choose from 0 to below 1.")

    @property
    def changes_nothing(self) -> bool:
        """Whether the layer stays as it is."""
        return self == LayerChoice()


def weight_bits(bits: int) -> LayerChoice:
    """Weights of so many bits, from 2 to 8: symmetric, as int8 weights are."""
    return LayerChoice(levels=2**bits - 1)
