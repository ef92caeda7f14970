"""Graph + Plan -> CSource. Same input, same bytes: no time, no path, no hash order decides anything."""

import re
from collections.abc import Callable

from lilliput.codegen import limits
from lilliput.codegen.constants import array, integer, real
from lilliput.codegen.csource import CSource, Label, Part
from lilliput.codegen.header import arena_definition, buffers, comment, example_main, header
from lilliput.codegen.kernels import closure, paste
from lilliput.codegen.labelled_text import LabelledText
from lilliput.errors import InvariantError, UsageError
from lilliput.ir import Graph, Node
from lilliput.operators.operator import Call, Constant, ConstantKind, Operator, Parameter, Pointer
from lilliput.planning.plan import Plan
from lilliput.version import __version__

_PARTS = {ConstantKind.WEIGHTS: Part.WEIGHTS, ConstantKind.TABLES: Part.TABLES}


def identifier(text: str) -> str:
    """A prefix for C identifiers made from a file's stem: "kws-int8" gives "kws_int8"."""
    name = re.sub(r"[^0-9A-Za-z_]+", "_", text).strip("_") or "model"
    return f"model_{name}" if name[0].isdigit() else name


def emit(
    graph: Graph,
    plan: Plan,
    operator_of: Callable[[Node], Operator],
    *,
    name: str,
    caller_arena: bool = False,
    trace: bool = False,
) -> CSource:
    """Generate NAME.h, NAME.c and example_main.c.

    `name` must be a C identifier (UsageError). With `caller_arena` the functions take the arena's address. With
    `trace` (a debug build) NAME_run reports every node's outputs to `NAME_trace`, which the user of it defines. Raises
    UnsupportedError for inputs, outputs and constants that C cannot hold.
    """
    if identifier(name) != name:
        raise UsageError(f"{name!r} cannot be a C name", advice=f"Use a C identifier such as {identifier(name)!r}")
    if name.lower() == "example_main":
        raise UsageError(f"{name}.c is the name of the example", advice="Choose another name with --name.")
    limits.check(graph)
    return _Emitter(graph, plan, operator_of, name, caller_arena, trace).emit()


def _constants(call: Call) -> list[Constant]:
    return [value for value in call.parameters.values() if isinstance(value, Constant)]


class _Emitter:
    """The text under construction, with what has been defined in it so far."""

    def __init__(
        self,
        graph: Graph,
        plan: Plan,
        operator_of: Callable[[Node], Operator],
        name: str,
        caller_arena: bool,
        trace: bool,
    ) -> None:
        self.graph, self.plan, self.name = graph, plan, name
        self.caller_arena, self.trace = caller_arena, trace
        self.text = LabelledText()
        self.symbols: dict[str, Label] = {}
        self.values: dict[int, str] = {}
        self.aligned = plan.alignment_bytes > 1
        self.calls = {index: self._calls(operator_of, graph.nodes[index]) for index in plan.order}

    def _calls(self, operator_of: Callable[[Node], Operator], node: Node) -> tuple[Call, ...]:
        operator = operator_of(node)
        if operator.view(self.graph, node) and self._shares_address(node):
            return ()
        return operator.calls(self.graph, node)

    def _shares_address(self, node: Node) -> bool:
        offsets = self.plan.offsets
        return node.inputs[0] in offsets and offsets[node.inputs[0]] == offsets[node.outputs[0]]

    def emit(self) -> CSource:
        files = closure(call.source for calls in self.calls.values() for call in calls)
        system = {"stdint.h"}.union(*(file.system_includes for file in files))
        banner = self._banner()
        self.text.add(banner.rstrip("\n"))
        self.text.add(
            f'#include "{self.name}.h"\n\n' + "\n".join(f"#include <{include}>" for include in sorted(system))
        )
        paste(files, self.text)
        self.text.add("\n/* ==== graph ==== */")
        self._arena()
        body = LabelledText()
        for index in self.plan.order:
            self._node(index, body)
        self._interface()
        self._run(body)
        io = buffers(self.graph, self.name)
        return CSource(
            name=self.name,
            header=header(self.graph, self.plan, self.name, banner, caller_arena=self.caller_arena),
            source=self.text.text,
            example_main=example_main(self.graph, self.plan, self.name, caller_arena=self.caller_arena),
            symbols=self.symbols,
            lines=self.text.labels,
            input_functions=tuple(buffer.function for buffer in io if buffer.is_input),
            output_functions=tuple(buffer.function for buffer in io if not buffer.is_input),
            caller_arena=self.caller_arena,
        )

    def _banner(self) -> str:
        source = self.graph.source
        constants = {id(value): value for calls in self.calls.values() for call in calls for value in _constants(call)}
        weights, tables = (
            sum(constant.values.nbytes for constant in constants.values() if constant.kind is kind)
            for kind in (ConstantKind.WEIGHTS, ConstantKind.TABLES)
        )
        return (
            f"/* Generated by lilliput {__version__} from {comment(source.name)} (sha256 {source.sha256[:12]}). "
            f"Do not edit.\n * Arena {self.plan.arena_bytes:,} bytes (proven to need at least "
            f"{self.plan.lower_bound_bytes:,}), weights {weights:,} bytes, requantisation tables {tables:,} bytes. */\n"
        )

    @property
    def _parameters(self) -> str:
        return "void *memory" if self.caller_arena else "void"

    @property
    def _base(self) -> str:
        return "arena.bytes" if self.aligned and not self.caller_arena else "arena"

    def _arena(self) -> None:
        if self.caller_arena:
            return
        size = str(max(self.plan.arena_bytes, 1))
        self.text.add("\n" + arena_definition(size, self.plan.alignment_bytes))

    def _node(self, index: int, body: LabelledText) -> None:
        """Define the constants of node `index` and add its calls to the body of NAME_run."""
        node, calls = self.graph.nodes[index], self.calls[index]
        label = Label(Part.GRAPH, "run", index)
        body.add(f"    /* {self._describe(node)} */")
        structures: dict[int, str] = {}
        for position, call in enumerate(calls):
            key = id(call.parameters)
            if call.structure and key not in structures:
                prefix = f"node{node.origin.index:02d}" + (f"_{position}" if position else "")
                structures[key] = self._structure(prefix, call, index)
            arguments = [f"&{structures[key]}"] if call.structure else []
            arguments += [self._address(pointer, index) for pointer in (*call.inputs, *call.outputs)]
            body.add(f"    {call.kernel}({', '.join(arguments)});", label)
        if self.trace:
            for position, tensor in enumerate(node.outputs):
                if tensor in self.plan.offsets:
                    address, size = self._address(Pointer(tensor), index), self.graph.tensors[tensor].size_bytes
                    body.add(f"    {self.name}_trace({index}, {position}, {address}, {size});", label)

    def _describe(self, node: Node) -> str:
        def place(index: int) -> str:
            shape = ",".join(map(str, self.graph.tensors[index].shape))
            offset = self.plan.offsets.get(index)
            return f"{'flash' if offset is None else f'arena+{offset}'} [{shape}]"

        activations = [i for i in node.inputs if i in self.plan.offsets]
        ins, outs = (", ".join(map(place, indices)) for indices in (activations, node.outputs))
        return f"node {node.origin.index} {node.operator.upper()} {comment(node.origin.name)}: {ins} -> {outs}"

    def _structure(self, prefix: str, call: Call, index: int) -> str:
        """Define a call's constants and parameters; returns the structure's symbol."""
        self.text.add(f"\n/* {self._describe(self.graph.nodes[index])} */")
        fields = {field: self._initialiser(prefix, value, index) for field, value in call.parameters.items()}
        symbol = f"{prefix}_{call.structure}"
        lines = "\n".join(f"    .{field} = {value}," for field, value in fields.items())
        self.text.add(f"static const struct {call.structure} {symbol} = {{\n{lines}\n}};")
        self.symbols[symbol] = Label(Part.GRAPH, "parameters", index)
        return symbol

    def _initialiser(self, prefix: str, value: Parameter, index: int) -> str:
        if isinstance(value, Constant):
            return self._array(f"{prefix}_{value.name}", value, index)
        if isinstance(value, float):
            return real(value)
        if isinstance(value, int):
            return integer(value)
        return "{" + ", ".join(map(integer, value)) + "}"

    def _array(self, symbol: str, constant: Constant, index: int | None) -> str:
        if symbol in self.symbols:
            raise InvariantError(f"two constants are called {symbol}")
        self.text.add(array(symbol, constant.values))
        self.symbols[symbol] = Label(_PARTS[constant.kind], constant.name, index)
        return symbol

    def _address(self, pointer: Pointer, index: int) -> str:
        tensor = self.graph.tensors[pointer.tensor]
        offset = self.plan.offsets.get(pointer.tensor)
        if offset is None:
            base, place = self._constant_tensor(pointer.tensor, index), pointer.offset_bytes
            return f"(const int8_t *){base} + {place}" if place else base
        place = offset + pointer.offset_bytes
        address = f"{self._base} + {place}"
        return address if tensor.dtype.c_name == "int8_t" else f"(void *)({address})"

    def _constant_tensor(self, number: int, index: int | None = None) -> str:
        """The symbol of a constant tensor that a call reads or that is an output; node `index` pays for it."""
        tensor = self.graph.tensors[number]
        if number not in self.values:
            if tensor.data is None:
                raise InvariantError(f"tensor {tensor.name!r} has neither a place nor a value")
            constant = Constant("operand", tensor.data, ConstantKind.WEIGHTS)
            self.values[number] = self._array(f"tensor{number:02d}_operand", constant, index)
        return self.values[number]

    def _interface(self) -> None:
        label = Label(Part.GRAPH, "interface")
        constants = {
            tensor: self._constant_tensor(tensor) for tensor in self.graph.outputs if tensor not in self.plan.offsets
        }
        for buffer in buffers(self.graph, self.name):
            offset = self.plan.offsets.get(buffer.tensor)
            self.text.add(f"\n{buffer.declaration(self.graph, self._parameters)}\n{{", label)
            if offset is None:
                unused = "    (void)memory;\n" if self.caller_arena else ""
                self.text.add(f"{unused}    return {constants[buffer.tensor]};\n}}", label)
            elif self.caller_arena:
                self.text.add(f"    int8_t *arena = memory;\n    return (void *)(arena + {offset});\n}}", label)
            else:
                self.text.add(f"    return (void *)({self._base} + {offset});\n}}", label)

    def _run(self, body: LabelledText) -> None:
        label = Label(Part.GRAPH, "run")
        if self.trace:
            self.text.add(
                f"\nextern void {self.name}_trace(int32_t node, int32_t output, const void *data, int32_t bytes);"
            )
        self.text.add(f"\nvoid {self.name}_run({self._parameters})\n{{", label)
        if self.caller_arena:
            self.text.add("    int8_t *arena = memory;" if any(body.labels) else "    (void)memory;", label)
        self.text.extend(body)
        self.text.add("}", label)
