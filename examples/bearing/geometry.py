"""Geometry of a rolling bearing -> how often a fault is struck, per turn of the shaft.

The formulas are those of R. B. Randall and J. Antoni, "Rolling element bearing diagnostics: a tutorial", Mechanical
Systems and Signal Processing 25 (2011) 485-520, equations 1 to 4, for a turning inner and a standing outer ring and
balls that roll without slip.
"""

from dataclasses import dataclass
from math import cos, radians


@dataclass(frozen=True, slots=True)
class Geometry:
    """What the fault frequencies depend on; "pitch" is the circle through the centres of the balls."""

    balls: int
    ball_diameter_mm: float
    pitch_diameter_mm: float
    contact_angle_degrees: float = 0.0

    @property
    def _ratio(self) -> float:
        return self.ball_diameter_mm / self.pitch_diameter_mm * cos(radians(self.contact_angle_degrees))

    @property
    def cage_order(self) -> float:
        """FTF, fundamental train frequency: turns of the cage per turn of the shaft."""
        return (1 - self._ratio) / 2

    @property
    def outer_race_order(self) -> float:
        """BPFO, ball pass frequency of the outer race: balls that pass one point of it per turn of the shaft."""
        return self.balls * (1 - self._ratio) / 2

    @property
    def inner_race_order(self) -> float:
        """BPFI, ball pass frequency of the inner race: balls that pass one point of it per turn of the shaft."""
        return self.balls * (1 + self._ratio) / 2

    @property
    def ball_order(self) -> float:
        """BSF, ball spin frequency: turns of a ball about itself per turn of the shaft. It strikes both races."""
        return self.pitch_diameter_mm / (2 * self.ball_diameter_mm) * (1 - self._ratio**2)


DEEP_GROOVE_6203 = Geometry(balls=8, ball_diameter_mm=6.746, pitch_diameter_mm=28.5)
