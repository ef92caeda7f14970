"""A model and a target -> where the instructions of an inference go: by node, function and source line, and cycles."""

from lilliput.profiling.cycles import CycleEstimate
from lilliput.profiling.profile import Frame, FunctionCost, LineCost, NodeCost, Profile, profile

__all__ = ["CycleEstimate", "Frame", "FunctionCost", "LineCost", "NodeCost", "Profile", "profile"]
