"""Graph + Plan -> C: the order of things in the text is the order of execution."""

from lilliput.codegen.csource import CSource, Label, Part
from lilliput.codegen.emit import emit, identifier

__all__ = ["CSource", "Label", "Part", "emit", "identifier"]
