"""What a kernel's Init and Prepare may ask of the arena: the requests that change its size."""

from dataclasses import dataclass, field

from lilliput.tflm import layout
from lilliput.tflm.allocator import ALIGNMENT_BYTES, Allocator
from lilliput.tflm.model_file import FileNode, FileTensor, Subgraph

_TEMPORARY = "temporary tensors"


@dataclass(frozen=True, slots=True)
class ScratchRequest:
    """A buffer that lives while node `node` of subgraph `subgraph` runs."""

    size_bytes: int
    subgraph: int
    node: int


@dataclass(slots=True)
class Preparation:
    """One node's view of the arena while its kernel prepares."""

    allocator: Allocator
    graph: Subgraph
    subgraph: int
    index: int
    scratch: list[ScratchRequest] = field(default_factory=list[ScratchRequest])
    variables: set[str] = field(default_factory=set[str])

    @property
    def node(self) -> FileNode:
        """The node."""
        return self.graph.nodes[self.index]

    def input(self, position: int) -> FileTensor | None:
        """The input tensor at a position; None where it is left out."""
        inputs = self.node.inputs
        present = position < len(inputs) and inputs[position] >= 0
        return self.graph.tensors[inputs[position]] if present else None

    def output(self, position: int = 0) -> FileTensor:
        """The output tensor at a position."""
        return self.graph.tensors[self.node.outputs[position]]

    def take(self, *tensors: FileTensor | None) -> None:
        """`AllocateTempTfLiteTensor` of each tensor that is present: the structure and its quantisation."""
        for tensor in tensors:
            if tensor is not None:
                self.allocator.take_records(layout.TENSOR, 1, _TEMPORARY)
                if tensor.channels:
                    self.allocator.take_records(layout.AFFINE_QUANTIZATION, 1, _TEMPORARY)
                    self.allocator.take(layout.int_array(tensor.channels), layout.INTEGER_BYTES, _TEMPORARY)

    def take_inputs(self, *positions: int) -> None:
        """Take the inputs at the given positions, then output 0."""
        self.take(*(self.input(position) for position in positions), self.output())

    def persist(self, size_bytes: int, purpose: str) -> None:
        """`AllocatePersistentBuffer`."""
        self.allocator.persist(size_bytes, ALIGNMENT_BYTES, purpose, self.index)

    def request(self, size_bytes: int) -> None:
        """`RequestScratchBufferInArena`."""
        self.scratch.append(ScratchRequest(size_bytes, self.subgraph, self.index))

    def first_assignment(self) -> bool:
        """Whether the node is the first that assigns its resource variable; every later one finds the buffer."""
        handle = self.node.inputs[0]
        maker = next((node for node in self.graph.nodes if handle in node.outputs), None)
        name = "" if maker is None else str(maker.options.get("shared_name"))
        is_first = name not in self.variables
        self.variables.add(name)
        return is_first
