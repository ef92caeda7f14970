"""A model -> the builds that no other beats in flash, RAM and instructions, and the best of them within budgets."""

from lilliput.frontier.budgets import Budgets, best, resolve
from lilliput.frontier.frontier import Frontier, frontier
from lilliput.frontier.measurement import Point

__all__ = ["Budgets", "Frontier", "Point", "best", "frontier", "resolve"]
