"""The plan, made by `planning` and read by codegen: where every tensor lies, and in which order rows are computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lilliput.ir import Node
from lilliput.operators.operator import View


@dataclass(frozen=True, slots=True)
class Step:
    """Row step `row` of node `node` (see `RowCall`), or the whole node at once when `row` is -1."""

    node: int
    row: int


@dataclass(frozen=True, slots=True)
class Buffer:
    """A range of the arena, `offset_bytes` from its start, alive for steps [`first_step`, `end_step`).

    Steps are indices into `Plan.steps`; step `len(Plan.steps)` is the caller's, who reads the graph outputs. A graph
    input is alive from step 0 (with input by rows: from its first row's push), a graph output up to and including the
    caller's step. `tensors` lie in the range: views and in-place outputs share bytes, parts of others lie beside one
    another. The sums of a reduction and the counters of rows have buffers without tensors.

    A buffer of rows holds `rows_kept` rows of `row_bytes`; row r lies in slot r % rows_kept. With parts, a row is a
    range that none of them begins or ends in. A buffer that is not written and read by rows has `rows_kept` 1 and
    `row_bytes` equal to `size_bytes`. Two buffers may share addresses at the same time as long as no live row of one
    lies on a live row of the other.
    """

    tensors: tuple[int, ...]
    offset_bytes: int
    size_bytes: int
    alignment_bytes: int
    row_bytes: int
    rows_kept: int
    first_step: int
    end_step: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The order of all row steps and a place in the arena for everything that lives there.

    `segments` are the nodes (indices into `Graph.nodes`) in the order of execution. A segment of one node runs it as a
    whole (by rows in order, where it has a `RowCall`). A longer segment is interleaved: again and again, one row step
    of its last node that is ready, where ready means that all input rows of its next step have been computed and that
    its steps are not all done. `steps` is the order that results. Views have no steps there, and do nothing elsewhere.

    `chains` are nodes of an interleaved segment, one after the other, that work as one: their steps are steps of the
    last node. For each pixel of a row, each of them makes one pixel from the pixel that the one before it has made.
    Such a pixel lies at `pixels` (tensor -> offset) while a step runs; the rest of the tensor never exists.

    `offsets` has every tensor in memory, `rows_kept` those that lie in a ring of fewer rows than they have, `sums` the
    offset of each reduction's int32 sums (node -> offset), `scratch` that of the memory that a node needs inside of its
    steps only (which no buffer shows). An interleaved segment counts the rows done of each of its
    tensors in an array of int16 at `progress_offset` (None: no segment is interleaved), which is alive while such a
    segment runs and has a counter for each tensor and each reduction's sums of all of them. With `input_by_rows` the
    first segment is interleaved and the first input lies in a ring; its rows are pushed by the caller, one whenever no
    node is ready.

    `lower_bound_bytes` is proven: no plan by rows needs less, or where rows were not asked for, no plan of whole layers
    in one of the orders that were tried. The arena starts at a multiple of `alignment_bytes`.
    """

    segments: tuple[tuple[int, ...], ...]
    chains: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]
    buffers: tuple[Buffer, ...]
    offsets: Mapping[int, int]
    rows_kept: Mapping[int, int]
    pixels: Mapping[int, int]
    sums: Mapping[int, int]
    scratch: Mapping[int, int]
    progress_offset: int | None
    input_by_rows: bool
    arena_bytes: int
    lower_bound_bytes: int
    alignment_bytes: int

    @property
    def order(self) -> tuple[int, ...]:
        """All nodes in the order in which their first steps run, segment by segment."""
        return tuple(node for segment in self.segments for node in segment)

    def shared(self, node: Node, views: Sequence[View]) -> list[View]:
        """Those of a node's views whose tensors lie as they say, so that nothing needs to be copied."""
        return [
            view
            for view in views
            if (source := self.offsets.get(node.inputs[view.input])) is not None
            and source + view.offset_bytes == self.offsets.get(node.outputs[view.output])
        ]
