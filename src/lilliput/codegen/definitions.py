"""Constants and parameter structures of the generated file: defined once, labelled, and referred to by symbol."""

from collections.abc import Mapping
from itertools import count

from lilliput.codegen.constants import array, integer, real
from lilliput.codegen.csource import Label, Part
from lilliput.codegen.labelled_text import LabelledText
from lilliput.errors import InvariantError
from lilliput.ir import Graph
from lilliput.operators.operator import Constant, ConstantKind, Parameter

_PARTS = {ConstantKind.WEIGHTS: Part.WEIGHTS, ConstantKind.TABLES: Part.TABLES}


class Definitions:
    """What has been defined in a text so far."""

    def __init__(self, graph: Graph) -> None:
        self.text = LabelledText()
        self.symbols: dict[str, Label] = {}
        self.constant_bytes = dict.fromkeys(ConstantKind, 0)
        self._graph = graph
        self._tensors: dict[int, str] = {}
        self._arrays: dict[tuple[str, bytes], str] = {}

    def structure(self, prefix: str, kind: str, parameters: Mapping[str, Parameter], node: int) -> str:
        """Define a node's parameters, and the constants that they name, as `struct <kind>`; returns the symbol."""
        fields = {field: self._initialiser(prefix, value, node) for field, value in parameters.items()}
        symbol = f"{prefix}_{kind}"
        lines = "\n".join(f"    .{field} = {value}," for field, value in fields.items())
        self.text.add(f"static const struct {kind} {symbol} = {{\n{lines}\n}};")
        self.symbols[symbol] = Label(Part.GRAPH, "parameters", node)
        return symbol

    def tensor(self, number: int, node: int | None = None) -> str:
        """The symbol of a constant tensor that a call reads or that is an output; `node` pays for it."""
        tensor = self._graph.tensors[number]
        if number not in self._tensors:
            if tensor.data is None:
                raise InvariantError(f"tensor {tensor.name!r} has neither a place nor a value")
            constant = Constant("operand", tensor.data, ConstantKind.WEIGHTS)
            self._tensors[number] = self._array(f"tensor{number:02d}_operand", constant, node)
        return self._tensors[number]

    def table(self, symbol: str, declaration: str, rows: list[str], name: str) -> None:
        """Define a table of the graph code: `declaration` without `static const`, one initialiser a row."""
        lines = "\n".join(f"    {row}," for row in rows)
        self.text.add(f"\nstatic const {declaration} = {{\n{lines}\n}};")
        self.symbols[symbol] = Label(Part.GRAPH, name)

    def _initialiser(self, prefix: str, value: Parameter, node: int) -> str:
        if isinstance(value, Constant) and value.shared:
            return self._array(value.name, value, None)
        if isinstance(value, Constant):
            return self._array(f"{prefix}_{value.name}", value, node)
        if isinstance(value, float):
            return real(value)
        if isinstance(value, int):
            return integer(value)
        return "{" + ", ".join(map(integer, value)) + "}"

    def _array(self, name: str, constant: Constant, node: int | None) -> str:
        """The symbol of a constant. Equal ones are defined once, for the first node that has them."""
        key = (constant.values.dtype.name, constant.values.tobytes())
        if key not in self._arrays:
            symbol = self._free(name)
            self.text.add(array(symbol, constant.values))
            self.symbols[symbol] = Label(_PARTS[constant.kind], constant.name, node)
            self.constant_bytes[constant.kind] += constant.values.nbytes
            self._arrays[key] = symbol
        return self._arrays[key]

    def _free(self, name: str) -> str:
        """The name, numbered where another constant has it: nodes that share a code may need several tables."""
        numbered = (f"{name}_{number}" for number in count(2))
        return name if name not in self.symbols else next(each for each in numbered if each not in self.symbols)
