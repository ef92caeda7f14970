"""The graph: tensors and nodes in execution order."""

from collections.abc import Sequence
from dataclasses import dataclass

from lilliput.ir.node import Node
from lilliput.ir.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Source:
    """The file that a graph was read from.

    `sha256` is of the flatbuffer; `constant_bytes` are the bytes of the buffers that the subgraph's tensors use (each
    buffer once); the rest of `file_bytes` is metadata. `warnings` are what the reader accepted but found odd.
    """

    name: str
    sha256: str
    file_bytes: int
    constant_bytes: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A model: `nodes` stand in a valid execution order, `inputs` and `outputs` are indices into `tensors`."""

    source: Source
    tensors: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def input_tensors(self, node: Node) -> tuple[Tensor | None, ...]:
        """The node's input tensors, None where an optional input is absent."""
        return tuple(self.tensors[index] if index >= 0 else None for index in node.inputs)

    def input(self, node: Node, position: int = 0) -> Tensor:
        """The tensor at an input position that must be there. Raises IndexError when it is absent."""
        index = node.inputs[position]
        if index < 0:
            raise IndexError(f"{node.operator} has no input {position}")
        return self.tensors[index]

    def optional_input(self, node: Node, position: int) -> Tensor | None:
        """The tensor at an input position that may be absent or -1."""
        index = node.inputs[position] if position < len(node.inputs) else -1
        return self.tensors[index] if index >= 0 else None

    def output(self, node: Node, position: int = 0) -> Tensor:
        """The tensor at an output position."""
        return self.tensors[node.outputs[position]]

    def select(self, indices: Sequence[int]) -> tuple[Tensor, ...]:
        """The tensors at `indices`."""
        return tuple(self.tensors[index] for index in indices)
