"""Chips and boards: their cores, clocks and memories, found by name or by size."""

from lilliput.chips.catalogue import user_file
from lilliput.chips.chip import Chip, Region
from lilliput.chips.lookup import find, find_one, search

__all__ = ["Chip", "Region", "find", "find_one", "search", "user_file"]
