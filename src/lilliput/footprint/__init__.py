"""Image -> Footprint: what every byte of a linked image is for, and the deepest stack that its code can need."""

from lilliput.footprint.footprint import Footprint, LabelledRange
from lilliput.footprint.measurement import measure, measure_stack

__all__ = ["Footprint", "LabelledRange", "measure", "measure_stack"]
