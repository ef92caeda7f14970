"""Chains of nodes that hand over pixels -> C: for each chain a function that computes one row of its output."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lilliput.codegen.addresses import Addresses
from lilliput.codegen.csource import Label, Part
from lilliput.codegen.labelled_text import LabelledText
from lilliput.ir import Graph
from lilliput.operators.by_rows import RING_ROWS
from lilliput.operators.operator import Parameter, RowCall, RowStyle
from lilliput.planning.fusion import Chain, pixel_bytes, works_by_pixels


def parameters(chain: Chain) -> Iterator[tuple[int, RowCall, Mapping[str, Parameter]]]:
    """The nodes of a chain with their calls and with the parameters of a kernel that computes one pixel.

    A window's kernel at the beginning of the chain computes the first one of a row; the rows of its ring are left out.
    A node that is no real chain keeps its parameters.
    """
    for position, (node, call) in enumerate(chain.calls):
        if len(chain.calls) == 1:
            yield node, call, call.parameters
        elif position == 0 and has_window(chain):
            yield node, call, {**call.parameters, "output_width": 1}
        else:
            ring = {RING_ROWS: 1} if call.style is RowStyle.WINDOW else {}
            yield node, call, {**call.parameters, **(call.pixel or {}), **ring}


def has_window(chain: Chain) -> bool:
    """Whether the first node finds its input in a ring; else it gets a row of it."""
    return not works_by_pixels(chain.calls[0][1])


@dataclass(frozen=True, slots=True, eq=False)
class ChainFunction:
    """A chain in C; `symbols` are its nodes' parameters, `trace` the function that debug builds report pixels to."""

    chain: Chain
    addresses: Addresses
    symbols: Mapping[int, str]
    trace: str | None

    @property
    def operands(self) -> Mapping[str, str]:
        """The function's parameters but for `output`, with their types: the row only where something asks for it."""
        call = self.chain.call
        found = {"input": "const int8_t *"}
        if has_window(self.chain) or call.sums_bytes:
            found["row"] = "int32_t "
        if len(call.inputs) > 1:
            found["other"] = "const int8_t *"
        if call.sums_bytes:
            found["sums"] = "int32_t *"
        return found

    def emit(self, text: LabelledText) -> None:
        """Define the function. Each node pays for its own lines, the last one for the loop."""
        graph, (last, last_call) = self.chain.graph, self.chain.calls[-1]
        first, first_call = self.chain.calls[0]
        label = Label(Part.GRAPH, "rows", last)
        operands = "".join(f"{kind}{name}, " for name, kind in self.operands.items())
        numbers = ", ".join(str(graph.nodes[node].origin.index) for node in self.chain.nodes)
        text.add(
            f"\n/* A row of nodes {numbers}, pixel by pixel. */\n"
            f"static void {self.chain.call.kernel}({self.addresses.parameter}{operands}int8_t *output)\n{{",
            label,
        )
        if has_window(self.chain):
            text.add(
                f"    struct {first_call.structure} window = {self.symbols[first]};", Label(Part.GRAPH, "rows", first)
            )
        columns = graph.tensors[first_call.output].shape[2]
        text.add(f"    for (int32_t column = 0; column < {columns}; column++) {{", label)
        for position, (node, call) in enumerate(self.chain.calls):
            text.add("\n".join(self._node(position, node, call)), Label(Part.GRAPH, "rows", node))
        text.add("\n".join((*self._moves(graph, last_call), "    }\n}")), label)

    def _node(self, position: int, node: int, call: RowCall) -> Iterator[str]:
        """The call that computes one pixel, and what moves a window to the next one."""
        inputs = ", ".join(self._pixel(position, tensor) for tensor in call.inputs)
        output = self._place(call.output) if call.output in self.chain.pixel_bytes else "output"
        if position == 0 and has_window(self.chain):
            yield f"        {call.kernel}(&window, {inputs}, row, {output});"
            yield f"        window.padding_left = (int16_t)(window.padding_left - {call.column_stride});"
        else:
            columns = self.chain.graph.tensors[call.inputs[0]].shape[2]
            number = {
                RowStyle.WINDOW: "0, ",
                RowStyle.POINTWISE: "",
                RowStyle.REDUCTION: f"row * {columns} + column, sums, ",
            }[call.style]
            yield f"        {call.kernel}(&{self.symbols[node]}, {inputs}, {number}{output});"
        if self.trace is not None and call.output in self.chain.pixel_bytes:
            yield f"        {self.trace}({node}, 0, {output}, {self.chain.pixel_bytes[call.output]});"

    def _pixel(self, position: int, tensor: int) -> str:
        """Where a node finds a pixel of its input, the first node of a window its ring."""
        if tensor in self.chain.pixel_bytes:
            return self._place(tensor)
        operands = [(reader, index) for reader, index, _ in self.chain.operands]
        return ("input", "other")[operands.index((self.chain.calls[position][0], tensor))]

    def _place(self, tensor: int) -> str:
        return f"{self.addresses.base} + {self.addresses.plan.pixels[tensor]}"

    def _moves(self, graph: Graph, last: RowCall) -> Iterator[str]:
        """Statements that go on to the next pixel."""
        inputs = self.chain.call.inputs
        if not has_window(self.chain):
            yield f"        input += {pixel_bytes(graph.tensors[inputs[0]])};"
        if "other" in self.operands:
            yield f"        other += {pixel_bytes(graph.tensors[inputs[1]])};"
        if last.style is not RowStyle.REDUCTION:
            yield f"        output += {pixel_bytes(graph.tensors[last.output])};"
