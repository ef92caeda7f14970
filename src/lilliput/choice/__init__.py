"""Graph + what a build is optimised for -> which implementation of its operator each node gets."""

from lilliput.choice.fastest import fastest
from lilliput.choice.implementations import Implementations

__all__ = ["Implementations", "fastest"]
