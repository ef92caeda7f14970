"""Image -> Footprint: what every byte of a linked image is for, and the deepest stack that its code can need."""

from lilliput.footprint.footprint import Footprint, LabelledRange
from lilliput.footprint.measurement import measure, measure_stack
from lilliput.footprint.stack import StackBound

__all__ = ["Footprint", "LabelledRange", "StackBound", "measure", "measure_stack"]
