"""Affine quantisation: real = scale * (stored - zero point), per tensor or per slice along one axis."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantization:
    """Scales (float32 values, held exactly in Python floats) and zero points, one each or one per slice of `axis`."""

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def per_tensor(self) -> bool:
        """Whether one scale serves the whole tensor."""
        return len(self.scales) == 1

    @property
    def scale(self) -> float:
        """The scale of a per-tensor quantisation (the first one otherwise)."""
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        """The zero point of a per-tensor quantisation (the first one otherwise)."""
        return self.zero_points[0]
