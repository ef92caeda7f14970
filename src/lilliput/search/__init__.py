"""A model + samples -> the frontier of accuracy, flash, RAM and instructions, and the candidate to take.

Many trials of what each layer's weights become, in an Optuna study that persists, on this machine or a cluster; few
candidates that are linked and measured.
"""

from lilliput.search.files import SampleFiles, search_files
from lilliput.search.frontier import Candidate, Frontier
from lilliput.search.options import SearchOptions
from lilliput.search.parts import Parts, split
from lilliput.search.search import search

__all__ = ["Candidate", "Frontier", "Parts", "SampleFiles", "SearchOptions", "search", "search_files", "split"]
