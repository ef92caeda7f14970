"""The generated C: text, and for every line and symbol the place that it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Part(Enum):
    """The rows of the flash ledger."""

    WEIGHTS = "weights"
    TABLES = "tables"
    KERNELS = "kernels"
    GRAPH = "graph"
    STARTUP = "startup"
    PADDING = "padding"


@dataclass(frozen=True, slots=True)
class Label:
    """What a byte is for: a part of the ledger, a name within it, and the node where one node alone pays for it.

    `name` is the constant's role for weights and tables, the kernel's file stem for kernels, a function's or
    structure's name for the rest. `node` is an index into `Graph.nodes`.
    """

    part: Part
    name: str
    node: int | None = None


@dataclass(frozen=True, slots=True)
class CSource:
    """The files to write, and where they came from.

    `symbols` labels every data symbol of the source; `lines[i]` labels line i + 1 (None: a line without code).
    `input_names`/`output_names` are the C functions that return the buffers, in the graph's order.
    """

    name: str
    header: str
    source: str
    example_main: str
    symbols: Mapping[str, Label]
    lines: tuple[Label | None, ...]
    input_functions: tuple[str, ...]
    output_functions: tuple[str, ...]
    caller_arena: bool
