"""Graph + what a build is optimised for -> which implementation of its operator each node gets."""

from lilliput.choice.encoded import Choice, encode_weights
from lilliput.choice.fastest import fastest
from lilliput.choice.implementations import Implementations
from lilliput.choice.slowdown import Slowdown

__all__ = ["Choice", "Implementations", "Slowdown", "encode_weights", "fastest"]
