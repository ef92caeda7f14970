"""Graph + Plan -> CSource. Same input, same bytes: no time, no path, no hash order decides anything."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lilliput.codegen import decoders, limits
from lilliput.codegen.addresses import Addresses
from lilliput.codegen.chains import ChainFunction, parameters
from lilliput.codegen.csource import CSource, Label, Part, Progress, RowInput
from lilliput.codegen.definitions import Definitions
from lilliput.codegen.header import arena_definition, buffers, comment, example_main, header
from lilliput.codegen.interleaving import Interleaving, RowNode, row_calls
from lilliput.codegen.kernels import closure, paste
from lilliput.codegen.labelled_text import LabelledText
from lilliput.errors import UsageError
from lilliput.ir import Graph, Node
from lilliput.operators.by_rows import RING_ROWS
from lilliput.operators.operator import Call, ConstantKind, Operator, Parameter, Pointer, RowCall, RowStyle
from lilliput.planning.fusion import Chain
from lilliput.planning.network import row_bytes
from lilliput.planning.plan import Plan
from lilliput.version import __version__

OperatorOf = Callable[[Node], Operator]


def identifier(text: str) -> str:
    """A prefix for C identifiers made from a file's stem: "kws-int8" gives "kws_int8"."""
    name = re.sub(r"[^0-9A-Za-z_]+", "_", text).strip("_") or "model"
    return f"model_{name}" if name[0].isdigit() else name


def emit(
    graph: Graph,
    plan: Plan,
    operator_of: OperatorOf,
    *,
    name: str,
    caller_arena: bool = False,
    trace: bool = False,
) -> CSource:
    """Generate NAME.h, NAME.c and example_main.c.

    `name` must be a C identifier (UsageError). With `caller_arena` the functions take the arena's address. With
    `trace` (a debug build) every node's outputs are reported to `NAME_trace`, which the user of it defines: at once, or
    row by row. Raises UnsupportedError for inputs, outputs and constants that C cannot hold.
    """
    if identifier(name) != name:
        raise UsageError(f"{name!r} cannot be a C name", advice=f"Use a C identifier such as {identifier(name)!r}")
    if name.lower() == "example_main":
        raise UsageError(f"{name}.c is the name of the example", advice="Choose another name with --name.")
    limits.check(graph)
    return _Emitter(Addresses(graph, plan, caller_arena), operator_of, name, trace).emit()


def _calls(graph: Graph, plan: Plan, operator_of: OperatorOf, node: Node) -> tuple[Call, ...]:
    """The calls of a node that runs as a whole, without those of a view that would write bytes onto themselves."""
    operator = operator_of(node)
    calls = operator.calls(graph, node)
    return tuple(call for call in calls if not _is_idle(plan, call)) if operator.views(graph, node) else calls


def _is_idle(plan: Plan, call: Call) -> bool:
    """Whether the input is where the output belongs."""
    (source,), (target,) = call.inputs, call.outputs
    if source.tensor not in plan.offsets:
        return False
    return plan.offsets[source.tensor] + source.offset_bytes == plan.offsets[target.tensor] + target.offset_bytes


@dataclass(slots=True)
class _Emitter:
    """The generated file under construction."""

    addresses: Addresses
    operator_of: OperatorOf
    name: str
    trace: bool
    definitions: Definitions = field(init=False)
    calls: Mapping[int, tuple[Call, ...]] = field(init=False)
    row_calls: tuple[tuple[Chain, ...], ...] = field(init=False)

    def __post_init__(self) -> None:
        graph, plan = self.addresses.graph, self.addresses.plan
        self.definitions = Definitions(graph)
        whole = [segment[0] for segment in plan.segments if len(segment) == 1]
        self.calls = {index: _calls(graph, plan, self.operator_of, graph.nodes[index]) for index in whole}
        self.row_calls = row_calls(graph, plan, self.operator_of)

    def emit(self) -> CSource:
        """The files."""
        graph, plan, name = self.addresses.graph, self.addresses.plan, self.name
        bodies, interleaving = self._graph()
        kernels = [call for calls in self.calls.values() for call in calls]
        rows = [call for segment in self.row_calls for chain in segment for _, call in chain.calls]
        encodings = decoders.used((*kernels, *rows))
        own = [*(["runtime/memory.h"] if plan.input_by_rows else []), *(["runtime/ring.h"] if rows else [])]
        files = closure([*own, *decoders.files(encodings), *(call.source for call in (*kernels, *rows))])
        text = LabelledText()
        banner = self._banner()
        text.add(banner.rstrip("\n"))
        system = {"stdint.h"}.union(*(file.system_includes for file in files))
        text.add(f'#include "{name}.h"\n\n' + "\n".join(f"#include <{include}>" for include in sorted(system)))
        called = {"ring_slot", *decoders.functions(encodings), *(call.kernel for call in (*kernels, *rows))}
        paste(files, called, text)
        if encodings:
            decoders.emit(encodings, text)
        text.add("\n/* ==== graph ==== */")
        if not self.addresses.caller_arena:
            text.add("\n" + arena_definition(str(max(plan.arena_bytes, 1)), plan.alignment_bytes))
        if self.trace:
            text.add(f"\nextern void {name}_trace(int32_t node, int32_t output, const void *data, int32_t bytes);")
        text.extend(self.definitions.text)
        for body in bodies:
            text.extend(body)
        io = buffers(graph, name, input_by_rows=plan.input_by_rows)
        caller_arena = self.addresses.caller_arena
        return CSource(
            name=name,
            header=header(graph, plan, name, banner, caller_arena=caller_arena),
            source=text.text,
            example_main=example_main(graph, plan, name, caller_arena=caller_arena),
            symbols=self.definitions.symbols,
            lines=text.labels,
            input_functions=tuple(buffer.function for buffer in io if buffer.is_input),
            output_functions=tuple(buffer.function for buffer in io if not buffer.is_input),
            caller_arena=caller_arena,
            progress=self._progress(interleaving),
            row_input=self._row_input(),
        )

    def _progress(self, interleaving: Interleaving | None) -> Progress | None:
        offset = self.addresses.plan.progress_offset
        return None if interleaving is None or offset is None else Progress(offset, interleaving.owners)

    def _row_input(self) -> RowInput | None:
        if not self.addresses.plan.input_by_rows:
            return None
        tensor = self.addresses.graph.inputs[0]
        return RowInput(self.addresses.graph.tensors[tensor].shape[1], row_bytes(self.addresses.graph, tensor))

    def _banner(self) -> str:
        plan, source, constants = self.addresses.plan, self.addresses.graph.source, self.definitions.constant_bytes
        return (
            f"/* Generated by lilliput {__version__} from {comment(source.name)} (sha256 {source.sha256[:12]}). "
            f"Do not edit.\n * Arena {plan.arena_bytes:,} bytes (proven to need at least "
            f"{plan.lower_bound_bytes:,}), weights {constants[ConstantKind.WEIGHTS]:,} bytes, "
            f"requantisation tables {constants[ConstantKind.TABLES]:,} bytes. */\n"
        )

    def _graph(self) -> tuple[list[LabelledText], Interleaving | None]:
        """Define all constants and tables; the functions that run the graph."""
        plan = self.addresses.plan
        body = LabelledText()
        segments: list[tuple[RowNode, ...]] = []
        pieces: list[LabelledText] = []
        for segment in plan.segments:
            piece = LabelledText()
            if len(segment) == 1:
                self._node(segment[0], piece)
            else:
                segments.append(self._row_nodes(self.row_calls[len(segments)], piece))
            pieces.append(piece)
        interleaving = Interleaving(self.addresses, tuple(segments), self.name, self.trace) if segments else None
        if interleaving is not None:
            interleaving.emit_traces(self.definitions)
            interleaving.emit(self.definitions)
        position = 0
        for segment, piece in zip(plan.segments, pieces, strict=True):
            body.extend(piece)
            if len(segment) > 1 and interleaving is not None:
                if not (plan.input_by_rows and position == 0):
                    calls = f"    {interleaving.begin(position)}\n    {interleaving.advance(position)}"
                    body.add(calls, Label(Part.GRAPH, "rows"))
                position += 1
        interface = LabelledText()
        self._interface(interface)
        run = LabelledText()
        if interleaving is not None and plan.input_by_rows:
            self._push(interleaving, run)
        self._run(body, run)
        return [interface, run], interleaving

    def _row_nodes(self, chains: tuple[Chain, ...], body: LabelledText) -> tuple[RowNode, ...]:
        """Define the constants of an interleaved segment's nodes."""
        nodes: list[RowNode] = []
        for chain in chains:
            symbols = {i: self._row_parameters(i, call, fields, body) for i, call, fields in parameters(chain)}
            index, call = chain.calls[-1]
            if len(chain.calls) == 1:
                nodes.append(RowNode(index, call, f"&{symbols[index]}"))
            else:
                function = ChainFunction(chain, self.addresses, symbols, f"{self.name}_trace" if self.trace else None)
                nodes.append(RowNode(index, chain.call, "0", function))
        return tuple(nodes)

    def _row_parameters(self, index: int, call: RowCall, fields: Mapping[str, Parameter], body: LabelledText) -> str:
        """Define the parameters of a node that works row by row; the symbol."""
        node = self.addresses.graph.nodes[index]
        body.add(f"    /* by rows: {self._describe(node)} */")
        if call.style is RowStyle.WINDOW:
            tensor = call.inputs[0]
            rows = self.addresses.graph.tensors[tensor].shape[1]
            ring = {RING_ROWS: self.addresses.plan.rows_kept.get(tensor, rows)}
            fields = fields if RING_ROWS in fields else {**fields, **ring}
        self.definitions.text.add(f"\n/* {self._describe(node)} */")
        return self.definitions.structure(f"node{node.origin.index:02d}", call.structure, fields, index)

    def _node(self, index: int, body: LabelledText) -> None:
        """Define the constants of a node that runs as a whole and add its calls to the body of NAME_run."""
        node, calls = self.addresses.graph.nodes[index], self.calls[index]
        label = Label(Part.GRAPH, "run", index)
        body.add(f"    /* {self._describe(node)} */")
        structures: dict[int, str] = {}
        for position, call in enumerate(calls):
            key = id(call.parameters)
            if key not in structures:
                prefix = f"node{node.origin.index:02d}" + (f"_{position}" if position else "")
                self.definitions.text.add(f"\n/* {self._describe(node)} */")
                structures[key] = self.definitions.structure(prefix, call.structure, call.parameters, index)
            addresses = [self._address(pointer, index) for pointer in (*call.inputs, *call.outputs)]
            if call.scratch_bytes:
                addresses.append(self.addresses.scratch(index))
            body.add(f"    {call.kernel}({', '.join([f'&{structures[key]}', *addresses])});", label)
        if self.trace:
            for position, tensor in enumerate(node.outputs):
                if tensor in self.addresses.plan.offsets:
                    address, size = (
                        self._address(Pointer(tensor), index),
                        self.addresses.graph.tensors[tensor].size_bytes,
                    )
                    body.add(f"    {self.name}_trace({index}, {position}, {address}, {size});", label)

    def _describe(self, node: Node) -> str:
        graph, plan = self.addresses.graph, self.addresses.plan

        def place(index: int) -> str:
            shape = ",".join(map(str, graph.tensors[index].shape))
            if index in plan.pixels:
                return f"arena+{plan.pixels[index]} [{shape}], one pixel"
            ring = f", {plan.rows_kept[index]} rows kept" if index in plan.rows_kept else ""
            return f"{'flash' if index not in plan.offsets else f'arena+{plan.offsets[index]}'} [{shape}]{ring}"

        activations = [i for i in node.inputs if i in plan.offsets or i in plan.pixels]
        ins, outs = (", ".join(map(place, indices)) for indices in (activations, node.outputs))
        return f"node {node.origin.index} {node.operator.upper()} {comment(node.origin.name)}: {ins} -> {outs}"

    def _address(self, pointer: Pointer, index: int) -> str:
        if pointer.tensor in self.addresses.plan.offsets:
            return self.addresses.tensor(pointer.tensor, pointer.offset_bytes)
        base = self.definitions.tensor(pointer.tensor, index)
        return f"(const int8_t *){base} + {pointer.offset_bytes}" if pointer.offset_bytes else base

    @property
    def _parameters(self) -> str:
        return "void *memory" if self.addresses.caller_arena else "void"

    def _interface(self, text: LabelledText) -> None:
        graph, plan = self.addresses.graph, self.addresses.plan
        label = Label(Part.GRAPH, "interface")
        constants = {tensor: self.definitions.tensor(tensor) for tensor in graph.outputs if tensor not in plan.offsets}
        for buffer in buffers(graph, self.name, input_by_rows=plan.input_by_rows):
            text.add(f"\n{buffer.declaration(graph, self._parameters)}\n{{", label)
            if buffer.tensor not in plan.offsets:
                unused = "    (void)memory;\n" if self.addresses.caller_arena else ""
                text.add(f"{unused}    return {constants[buffer.tensor]};\n}}", label)
                continue
            if self.addresses.caller_arena:
                text.add("    int8_t *arena = memory;", label)
            text.add(f"    return (void *)({self.addresses.base} + {plan.offsets[buffer.tensor]});\n}}", label)

    def _push(self, interleaving: Interleaving, text: LabelledText) -> None:
        """NAME_begin and NAME_push_row: the first input's ring is filled by the caller."""
        graph, plan, label = self.addresses.graph, self.addresses.plan, Label(Part.GRAPH, "rows")
        tensor = graph.tensors[graph.inputs[0]]
        arena, argument = "int8_t *arena = memory;\n    ", self.addresses.argument
        if not self.addresses.caller_arena:
            arena = ""
        done = f"int16_t *done = (int16_t *)(void *)({self.addresses.base} + {plan.progress_offset});"
        text.add(
            f"\nvoid {self.name}_begin({self._parameters})\n{{\n    {arena}{done}\n"
            f"    {interleaving.begin(0)}\n    done[0] = 0;\n    {interleaving.advance(0)}\n}}",
            label,
        )
        memory = "void *memory, " if self.addresses.caller_arena else ""
        text.add(
            f"\nvoid {self.name}_push_row({memory}const {tensor.dtype.c_name} *row)\n{{\n    {arena}{done}\n"
            f"    memcpy(row_address({argument}0, done[0]), row, {row_bytes(graph, graph.inputs[0])});\n"
            f"    done[0]++;\n    if (done[0] == {tensor.shape[1]})\n        done[0] = INT16_MAX;\n"
            f"    {interleaving.advance(0)}\n}}",
            label,
        )

    def _run(self, body: LabelledText, text: LabelledText) -> None:
        label = Label(Part.GRAPH, "run")
        function = "finish" if self.addresses.plan.input_by_rows else "run"
        text.add(f"\nvoid {self.name}_{function}({self._parameters})\n{{", label)
        if self.addresses.caller_arena:
            text.add("    int8_t *arena = memory;" if any(body.labels) else "    (void)memory;", label)
        text.extend(body)
        text.add("}", label)
