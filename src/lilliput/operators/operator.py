"""What an operator is: rules, cost, memory behaviour and how to call its kernel.

One folder per operator under `operators/` holds a subclass of `Operator` and its C kernels; `operators.ALL` lists one
instance of each. Everything else asks the operator and never tests for its name.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node, OptionValue
from lilliput.operators.channels import ChannelRules

Rule = Callable[[Graph, Node], bool]
"""True when the node keeps the rule. The docstring is the rule in one sentence: error message and documentation."""


class ConstantKind(Enum):
    """The ledger's row for a constant."""

    WEIGHTS = "weights"
    TABLES = "tables"


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """An array that lies in flash: `values` is flattened in C order, its numpy type decides the C type.

    Shared constants of one name and of equal values are one array, which belongs to no node alone.
    """

    name: str
    values: NDArray[Any]
    kind: ConstantKind
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Pointer:
    """The address of byte `offset_bytes` of a tensor, in the arena or in flash."""

    tensor: int
    offset_bytes: int = 0


SCRATCH_ALIGNMENT_BYTES = 4
"""Of the scratch memory of a call or a row step."""

Parameter = int | float | Constant | Sequence[int]
"""A field of a kernel's parameter structure: a number, the address of a constant, or a short array of numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call of a C kernel: `kernel(&parameters, inputs..., outputs...)`.

    `source` is the kernel's file relative to the package ("operators/conv_2d/conv_2d.c"), `kernel` the function;
    `parameters` initialise the `struct <structure>` that the file declares. With `scratch_bytes` the kernel gets one
    more argument, the last: `void *scratch`, so many bytes at a multiple of `SCRATCH_ALIGNMENT_BYTES` that hold nothing
    before and after the call. `encoding` names that of the weights, whose decoder the kernel calls (runtime/decode.h).
    """

    source: str
    kernel: str
    structure: str
    parameters: Mapping[str, Parameter]
    inputs: tuple[Pointer, ...]
    outputs: tuple[Pointer, ...]
    scratch_bytes: int = 0
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """Bytes that input `input` and output `output` of a node have in common: the smaller one is a part of the other.

    The output's first byte is the input's byte `offset_bytes`, which is negative where the input is the part.
    """

    input: int = 0
    output: int = 0
    offset_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Border:
    """Rows and columns of one stored value around images [batch, height, width, channels]."""

    top: int
    bottom: int
    left: int
    right: int
    value: int


class RowStyle(Enum):
    """How a row kernel is called; `row` counts the node's row steps from 0."""

    WINDOW = "window"
    """`kernel(&parameters, input, row, output_row)`: finds its input rows in a ring of `parameters.input_rows` rows."""
    POINTWISE = "pointwise"
    """`kernel(&parameters, input_row, ..., output_row)`: one row of each input makes one row of the output."""
    REDUCTION = "reduction"
    """`kernel(&parameters, input_row, row, sums, output)`: adds a row to int32 `sums`; the last gives the output."""


@dataclass(frozen=True, slots=True)
class Window:
    """The input rows that row step `row` reads: [a, a + extent), a = row * stride // divisor + first, where they exist.

    `first` is negative where the window begins in the padding.
    """

    stride: int = 1
    divisor: int = 1
    first: int = 0
    extent: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class RowCall:
    """How a node works row by row. A row is all of one index of the second dimension: [1, rows, ...].

    `inputs` are its activations and `windows` what a step reads of each. A step writes row `row` of `output`; a
    reduction has as many steps as its input has rows and writes the whole output in its last one, with sums of
    `sums_bytes` in between. `source`, `kernel`, `structure` and `parameters` are as in `Call`; code generation adds the
    parameter `input_rows` for windows. Each step needs `scratch_bytes` as in `Call`, no fewer than the node's `calls`;
    `encoding` is as there.

    With the parameters `pixel` in place of its own the kernel computes one pixel of the output from one pixel of each
    input, as row 0; a reduction adds one pixel and counts pixels as rows. None where a pixel depends on several.
    With `output_width` 1 and `padding_left` less by x * `column_stride`, a window's kernel computes pixel x of a row
    only; `column_stride` is 0 where it cannot.
    """

    style: RowStyle
    source: str
    kernel: str
    structure: str
    parameters: Mapping[str, Parameter]
    inputs: tuple[int, ...]
    windows: tuple[Window, ...]
    output: int
    steps: int
    sums_bytes: int = 0
    scratch_bytes: int = 0
    pixel: Mapping[str, Parameter] | None = None
    column_stride: int = 0
    encoding: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Decoding:
    """How a kernel for encoded weights takes the place of one that reads them as they are.

    It is called like that one, with "_decoded" after the name of the structure, and its structure has `struct encoded
    weights` (runtime/decode.h) and not the fields `without`. `weights` are in the order in which it decodes them,
    `passes` times in an inference; it needs `scratch_bytes`, and `sums_bytes` more of sums.
    """

    weights: NDArray[np.int8]
    passes: int = 1
    scratch_bytes: int = 0
    sums_bytes: int = 0
    without: tuple[str, ...] = ()


def one_call(node: Node, source: str, parameters: Mapping[str, Parameter]) -> tuple[Call, ...]:
    """One call that computes output 0 from input 0; function and structure are called like the file `source`."""
    kernel = PurePosixPath(source).stem
    return (Call(source, kernel, kernel, parameters, (Pointer(node.inputs[0]),), (Pointer(node.outputs[0]),)),)


class Operator(ABC):
    """A supported operator, or one more implementation of it: a variant. Instances are stateless."""

    name: ClassVar[str]
    """TFLite's name in snake case, which is `Node.operator`."""
    versions: ClassVar[range]
    """The operator versions whose semantics the kernel has."""
    inputs: ClassVar[range]
    """How many inputs a node may have; the first `inputs.start` must be present."""
    outputs: ClassVar[range] = range(1, 2)
    """How many outputs a node may have."""
    unread_inputs: ClassVar[tuple[int, ...]] = ()
    """Positions of optional inputs that no kernel reads, because the shapes say the same."""
    rules: ClassVar[tuple[Rule, ...]]
    """What a node must keep to be supported. Each is tested, also when others are broken."""
    consistency: ClassVar[tuple[Rule, ...]] = ()
    """What a sound file keeps, tested in order once all rules hold; kernels trust it."""
    channels: ClassVar[ChannelRules | None] = None
    """What happens to channels; None where nothing is known."""
    fuses_activation: ClassVar[bool] = False
    """Whether the option fused_activation_function clamps what a node writes."""
    is_lookup: ClassVar[bool] = False
    """Whether its kernel looks every element up in a table, whatever the function."""
    variants: "ClassVar[tuple[Operator, ...]]" = ()
    """Other implementations of the same arithmetic, the fastest first."""
    variant: ClassVar[str] = "portable"
    """What distinguishes this implementation from the operator's others, such as "armv7em"."""
    features: ClassVar[frozenset[str]] = frozenset()
    """What this implementation needs of the core: some of `Target.features`."""

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether this implementation can compute a node that keeps all rules."""
        return True

    @abstractmethod
    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """The kernel calls that compute the node, in order. Only called for nodes that keep all rules."""

    def decoding(self, graph: Graph, node: Node, call: Call | RowCall) -> Decoding | None:
        """How one of the node's calls can have encoded weights; None where it cannot, or has none."""
        return None

    def macs(self, graph: Graph, node: Node) -> int:
        """Multiply-accumulate operations of one execution, counting those that fall on padding."""
        return 0

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """The bytes that inputs and outputs have in common, so that no code is needed for them where they share memory.

        Those views that make up an output have it all. The calls of a node with views leave bytes as they are.
        """
        return ()

    def in_place(self, graph: Graph, node: Node) -> tuple[int, ...]:
        """Input positions whose memory output 0 may take over: same size, each element read before it is written."""
        return ()

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """How to compute the node row by row, bytes equal to those of `calls`; None when it only runs as a whole."""
        return None

    def table(self, graph: Graph, node: Node) -> NDArray[np.int8] | None:
        """What the int8 values -128 to 127 become, where output elements depend on the one in their place only."""
        return None

    def border(self, graph: Graph, node: Node) -> Border | None:
        """What the output has around the input, with the input's quantisation; None where it is anything else."""
        return None

    def within_border(self, graph: Graph, node: Node, border: Border) -> Node | None:
        """The node for an input without this border, computing the same; None where there is none."""
        return None

    def written_options(self, graph: Graph, node: Node) -> Mapping[str, OptionValue]:
        """The options with which interpreters need neither `unread_inputs` nor dimensions that have become 1."""
        return node.options

    def fold(self, graph: Graph, node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...] | None:
        """The outputs' values when they follow from shapes and from constant inputs, else None.

        `values` has each input's value, None where it is not constant. Only called for nodes that keep all rules.
        """
        return None
