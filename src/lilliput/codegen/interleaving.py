"""Interleaved segments -> C: tables of nodes and rings, and the rule that runs the last node that is ready.

No schedule lies in flash. The order of row steps follows at run time from counting the rows that are done.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lilliput.codegen.addresses import Addresses
from lilliput.codegen.chains import ChainFunction, has_window
from lilliput.codegen.csource import Label, Part
from lilliput.codegen.definitions import Definitions
from lilliput.codegen.labelled_text import LabelledText
from lilliput.errors import InvariantError
from lilliput.ir import Graph, Node
from lilliput.operators.operator import Operator, RowCall, RowStyle
from lilliput.planning.fusion import Chain, chain_of
from lilliput.planning.network import row_bytes
from lilliput.planning.plan import Plan

_LABEL = Label(Part.GRAPH, "rows")


@dataclass(frozen=True, slots=True, eq=False)
class RowNode:
    """A node that runs row by row: its index in the graph, its call, and the address of its parameters.

    A chain has a function of its own; its last node stands for it, and its parameters are in the function.
    """

    node: int
    call: RowCall
    parameters: str
    chain: ChainFunction | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """Rows of a tensor in the arena: row r lies at `offset_bytes` + r % `rows_kept` * `row_bytes`."""

    offset_bytes: int
    row_bytes: int
    rows_kept: int


def row_calls(graph: Graph, plan: Plan, operator_of: Callable[[Node], Operator]) -> tuple[tuple[Chain, ...], ...]:
    """The row calls of each interleaved segment, those of single nodes as chains of one; views need no step."""
    chains = {nodes[0]: nodes for nodes in plan.chains}
    inner = {node for nodes in plan.chains for node in nodes[1:]}
    segments: list[tuple[Chain, ...]] = []
    for segment in plan.segments:
        if len(segment) > 1:
            found = [chain_of(graph, operator_of, chains.get(node, (node,))) for node in segment if node not in inner]
            segments.append(tuple(chain for chain in found if chain.calls))
    return tuple(segments)


class Interleaving:
    """The tables under construction. Rings stand first for tensors from outside, then for each node's output."""

    def __init__(self, addresses: Addresses, segments: tuple[tuple[RowNode, ...], ...], name: str, trace: bool) -> None:
        self.addresses, self.plan, self.graph = addresses, addresses.plan, addresses.graph
        self.name, self.trace = name, trace
        self.nodes = tuple(node for segment in segments for node in segment)
        self.ends = [sum(len(each) for each in segments[: position + 1]) for position in range(len(segments))]
        self.outside: list[Ring] = []
        self.places: dict[int, int] = {}
        made = {node.call.output for node in self.nodes if node.call.style is not RowStyle.REDUCTION}
        if self.plan.input_by_rows:
            self._outside_ring(self.graph.inputs[0])
        for node in self.nodes:
            for tensor in node.call.inputs:
                if tensor not in made and tensor not in self.places:
                    self._outside_ring(tensor)
        self.sums = {
            node.node: self._add(Ring(self.plan.sums[node.node], 0, 1)) for node in self.nodes if node.call.sums_bytes
        }
        self.first = len(self.outside)
        self.places |= {node.call.output: self.first + position for position, node in enumerate(self.nodes)}

    def _outside_ring(self, tensor: int) -> None:
        self.places[tensor] = self._add(self._ring(tensor))

    def _add(self, ring: Ring) -> int:
        self.outside.append(ring)
        return len(self.outside) - 1

    def _ring(self, tensor: int) -> Ring:
        rows = self.graph.tensors[tensor].shape[1]
        kept = self.plan.rows_kept.get(tensor, rows)
        return Ring(self.plan.offsets[tensor], row_bytes(self.graph, tensor), kept)

    @property
    def rings(self) -> list[Ring]:
        """All rings; the output of a reduction is written once, as if it were a row."""
        made = [
            Ring(self.plan.offsets[node.call.output], 0, 1)
            if node.call.style is RowStyle.REDUCTION
            else self._ring(node.call.output)
            for node in self.nodes
        ]
        return [*self.outside, *made]

    @property
    def divides(self) -> bool:
        """Whether a node makes several rows from one: elsewhere no division is needed, which small cores lack."""
        return any(window.divisor != 1 for node in self.nodes for window in node.call.windows)

    @property
    def lags(self) -> bool:
        """Whether a node needs other rows of its second input than of its first one: a chain may."""
        return any(len(set(node.call.windows)) > 1 for node in self.nodes)

    @property
    def shares_scratch(self) -> bool:
        """Whether nodes need scratch memory with one kernel, which then has to find it in the table."""
        kernels = (kernel for kernel in self.kernels if kernel.needs_scratch and kernel.chain is None)
        return any(len(self._users(kernel)) > 1 for kernel in kernels)

    @property
    def operands(self) -> tuple[str, ...]:
        """The fields that hold the rings of a node's inputs: two when a node has two inputs, or sums."""
        several = any(len(node.call.inputs) > 1 or node.node in self.sums for node in self.nodes)
        return ("node->inputs[0]", "node->inputs[1]") if several else ("node->input",)

    @property
    def owners(self) -> tuple[int | None, ...]:
        """The node whose steps each counter of rows counts; None for tensors from outside."""
        return (*(None for _ in self.outside), *(node.node for node in self.nodes))

    def range(self, position: int) -> tuple[int, int]:
        """The table rows [first, end) of the interleaved segment at `position`."""
        return (self.ends[position - 1] if position else 0), self.ends[position]

    def begin(self, position: int) -> str:
        """The statement that begins the interleaved segment at `position`."""
        first, end = self.range(position)
        return f"begin_rows({self.addresses.argument}{self.first + first}, {self.first + end});"

    def advance(self, position: int) -> str:
        """The statement that runs what is ready of the interleaved segment at `position`."""
        first, end = self.range(position)
        return f"advance_rows({self.addresses.argument}{first}, {end});"

    def emit(self, definitions: Definitions) -> None:
        """Define the tables and the functions `begin_rows` and `advance_rows`."""
        definitions.text.add("\n/* ==== rows ==== */")
        self._tables(definitions)
        text = definitions.text
        for node in self.nodes:
            if node.chain is not None:
                node.chain.emit(text)
        self._row_step(text)
        divided = " / node->divisor" if self.divides else ""
        ready = " && ".join(f"done[{each}] >= needed" for each in self.operands)
        if self.lags:
            ready = f"done[{self.operands[0]}] >= needed && done[{self.operands[1]}] >= step + node->lag"
        done = f"(int16_t *)(void *)({self.addresses.base} + {self.plan.progress_offset})"
        text.add(
            "\n/* Rings [first, end) have no rows yet; all others are complete. */\n"
            f"static void begin_rows({self.addresses.parameter}int32_t first, int32_t end)\n{{\n"
            f"    int16_t *done = {done};\n"
            f"    for (int32_t i = 0; i < {len(self.rings)}; i++)\n"
            f"        done[i] = first <= i && i < end ? 0 : INT16_MAX;\n}}",
            _LABEL,
        )
        text.add(
            "\n/* Run one step of the last node that is ready, again and again, until none is. */\n"
            f"static void advance_rows({self.addresses.parameter}int32_t first, int32_t end)\n{{\n"
            f"    int16_t *done = {done};\n"
            "    int32_t index = end;\n"
            "    while (index-- > first) {\n"
            "        const struct row_node *node = &row_nodes[index];\n"
            f"        int32_t step = done[{self.first} + index];\n"
            f"        int32_t needed = step * node->stride{divided} + node->ahead;\n"
            f"        if (step < node->steps && {ready}) {{\n"
            f"            void *output = row_address({self.addresses.argument}{self.first} + index, step);\n"
            f"            row_step({self.addresses.argument}node, step, needed, output);\n"
            + self._trace_step()
            + "            step++;\n"
            f"            done[{self.first} + index] = (int16_t)(step == node->steps ? INT16_MAX : step);\n"
            "            index = end;\n"
            "        }\n"
            "    }\n"
            "}",
            _LABEL,
        )

    def _tables(self, definitions: Definitions) -> None:
        rings = self.rings
        formula = "s * stride / divisor + ahead" if self.divides else "s * stride + ahead"
        divisor = "    uint8_t divisor;\n" if self.divides else ""
        inputs = "inputs[2]" if len(self.operands) > 1 else "input"
        lag = "    uint8_t lag; /* of the second input it needs s + lag */\n" if self.lags else ""
        scratch = f"    {_unsigned(max(self.plan.scratch.values()))} scratch;\n" if self.shares_scratch else ""
        definitions.text.add(
            "\n/* Row r of a tensor lies at offset + r % kept * row_bytes. */\nstruct ring {\n"
            f"    {_unsigned(max(ring.offset_bytes for ring in rings))} offset;\n"
            f"    {_unsigned(max(ring.row_bytes for ring in rings))} row_bytes;\n    int16_t kept;\n}};\n\n"
            f"/* A node that works row by row. Step s needs the first {formula} rows of its inputs, which\n"
            " * are rings; once complete, a ring has INT16_MAX rows. */\n"
            "struct row_node {\n    const void *parameters;\n    int16_t steps;\n    uint8_t kernel;\n"
            f"    uint8_t {inputs};\n    uint8_t stride;\n{divisor}    int8_t ahead;\n{lag}{scratch}}};"
        )
        rows = [f"{{{ring.offset_bytes}, {ring.row_bytes}, {ring.rows_kept}}}" for ring in rings]
        definitions.table("rings", f"struct ring rings[{len(rows)}]", rows, "rings")
        nodes = [self._node_row(node) for node in self.nodes]
        definitions.table("row_nodes", f"struct row_node row_nodes[{len(nodes)}]", nodes, "row nodes")

    def _node_row(self, node: RowNode) -> str:
        call, window = node.call, node.call.windows[0]
        if not (-128 <= window.first + window.extent <= 127 and window.stride <= 255):
            raise InvariantError(f"the windows of node {node.node} do not fit the table")
        first, second = self._inputs(node)
        ahead = window.first + window.extent
        kernel = self.kernels.index(_kernel(node))
        moves = [window.stride, window.divisor, ahead] if self.divides else [window.stride, ahead]
        if self.lags:
            moves.append(0 if second == self.places[call.output] else 1)
        operands = f"{{{first}, {second}}}" if len(self.operands) > 1 else first
        if self.shares_scratch:
            moves.append(self.plan.scratch.get(node.node, 0))
        cells = (node.parameters, call.steps, kernel, operands, *moves)
        return f"{{{', '.join(map(str, cells))}}}"

    def _inputs(self, node: RowNode) -> tuple[int, int]:
        """The rings that a node reads. What stands for a second one that it has not is always as far as it must be."""
        inputs = [self.places[tensor] for tensor in node.call.inputs]
        if node.node in self.sums:
            return inputs[0], self.sums[node.node]
        if len(inputs) == 1 and self.lags:
            return inputs[0], self.places[node.call.output]
        return inputs[0], inputs[-1]

    @property
    def kernels(self) -> list["_Kernel"]:
        """The distinct kernels, in the order of their first use."""
        return list(dict.fromkeys(_kernel(node) for node in self.nodes))

    def _row_step(self, text: LabelledText) -> None:
        address = f"row_address({self.addresses.argument}"
        first, second = (f"{address}{operand}, " for operand in (self.operands[0], self.operands[-1]))
        text.add(
            f"\nstatic void *row_address({self.addresses.parameter}int32_t ring, int32_t row)\n{{\n"
            "    int32_t slot = ring_slot(row, rings[ring].kept);\n"
            f"    return {self.addresses.base} + rings[ring].offset + slot * rings[ring].row_bytes;\n}}",
            _LABEL,
        )
        text.add(
            f"\nstatic void row_step({self.addresses.parameter}const struct row_node *node, int32_t step, "
            "int32_t needed, void *output)\n{\n    switch (node->kernel) {",
            _LABEL,
        )
        kernels = self.kernels
        calls = [self._call(kernel, first, second) for kernel in kernels]
        for number, call in enumerate(calls):
            case = "default" if number == len(calls) - 1 else f"case {number}"
            text.add(f"    {case}:\n        {call}\n        break;", _LABEL)
        text.add("    }", _LABEL)
        for name in ("step", "needed"):
            if not any(re.search(rf"\b{name}\b", call) for call in calls):
                text.add(f"    (void){name};", _LABEL)
        text.add("}", _LABEL)

    def _call(self, kernel: "_Kernel", first: str, second: str) -> str:
        """The statement that runs a kernel; `first` and `second` begin the addresses of rows of its inputs."""
        if kernel.chain is not None:
            row = "0" if has_window(kernel.chain.chain) else "step"
            places = {"input": f"{first}{row})", "row": "step", "other": f"{second}step)", "sums": f"{second}0)"}
            operands = "".join(f"{places[name]}, " for name in kernel.chain.operands)
            return f"{kernel.function}({self.addresses.argument}{operands}output);"
        others = f"{second}needed - 1), " if kernel.inputs > 1 else ""
        arguments = {
            RowStyle.WINDOW: f"{first}0), step, output",
            RowStyle.POINTWISE: f"{first}needed - 1), {others}output",
            RowStyle.REDUCTION: f"{first}step), step, {second}0), output",
        }[kernel.style]
        users = self._users(kernel)
        # Parameters of a single user are known to the compiler, which then folds them into the kernel.
        own, place = (users[0].parameters, self.plan.scratch.get(users[0].node))
        if len(users) > 1:
            own, place = "node->parameters", "node->scratch"
        scratch = f", {self.addresses.base} + {place}" if kernel.needs_scratch else ""
        return f"{kernel.function}({own}, {arguments}{scratch});"

    def _users(self, kernel: "_Kernel") -> list[RowNode]:
        return [node for node in self.nodes if _kernel(node) == kernel]

    def _trace_step(self) -> str:
        if not self.trace:
            return ""
        return (
            "            if (row_traces[index].bytes != 0 || step + 1 == node->steps)\n"
            f"                {self.name}_trace(row_traces[index].node, 0, output, row_traces[index].bytes != 0 ? "
            "row_traces[index].bytes : row_traces[index].output_bytes);\n"
        )

    def emit_traces(self, definitions: Definitions) -> None:
        """Define what a debug build says of each step: node, bytes of a row, bytes of a reduction's output."""
        if not self.trace:
            return
        definitions.text.add(
            "\nstruct row_trace {\n    int32_t node;\n    int32_t bytes;\n    int32_t output_bytes;\n};"
        )
        rings = self.rings[self.first :]
        rows = [
            f"{{{node.node}, {ring.row_bytes}, {self.graph.tensors[node.call.output].size_bytes}}}"
            for node, ring in zip(self.nodes, rings, strict=True)
        ]
        definitions.table("row_traces", f"struct row_trace row_traces[{len(rows)}]", rows, "traces")


@dataclass(frozen=True, slots=True)
class _Kernel:
    """What a call looks like in C."""

    style: RowStyle
    function: str
    inputs: int
    needs_scratch: bool
    chain: ChainFunction | None


def _kernel(node: RowNode) -> _Kernel:
    call = node.call
    return _Kernel(call.style, call.kernel, len(call.inputs), call.scratch_bytes > 0, node.chain)


def _unsigned(largest: int) -> str:
    return "uint16_t" if largest < 1 << 16 else "uint32_t"
