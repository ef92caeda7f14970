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
class Progress:
    """The int16 counters of rows done, `offset_bytes` from the arena's start.

    `owners[i]` is the node whose finished row steps counter i counts, None for tensors from outside.
    """

    offset_bytes: int
    owners: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class RowInput:
    """An input that is pushed row by row: how many rows of how many bytes."""

    rows: int
    row_bytes: int


@dataclass(frozen=True, slots=True)
class CSource:
    """The files to write, and where they came from.

    `symbols` labels every data symbol of the source; `lines[i]` labels line i + 1 (None: a line without code).
    `input_functions` and `output_functions` return the buffers, in the graph's order. `progress` is there when segments
    are interleaved. With `row_input` there is no input function, and NAME_begin, NAME_push_row and NAME_finish take the
    place of NAME_run.
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
    progress: Progress | None = None
    row_input: RowInput | None = None
