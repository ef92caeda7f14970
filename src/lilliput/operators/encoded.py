"""A layer whose weights are encoded: one more implementation of its operator, made for one tensor's code."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import ClassVar

from lilliput import encodings
from lilliput.encodings import Code, Encoding, Stored
from lilliput.errors import InvariantError
from lilliput.ir import Graph, Node
from lilliput.operators.operator import Call, Constant, ConstantKind, Decoding, Operator, Parameter, RowCall

MOST_SCRATCH_BYTES = 512
"""What decoding may need of RAM: weights are never decoded as a whole."""


def can_be_encoded(operator: Operator, graph: Graph, node: Node) -> bool:
    """Whether `operator`, which computes the node, can take encoded weights in all its calls."""
    calls = operator.calls(graph, node)
    row_call = operator.rows(graph, node)
    if len(calls) != 1:
        return False
    decodings = [operator.decoding(graph, node, call) for call in (*calls, *([row_call] if row_call else []))]
    return all(each is not None and each.scratch_bytes <= MOST_SCRATCH_BYTES for each in decodings)


@dataclass(frozen=True, eq=False)
class Encoded(Operator):
    """`layer` with weights in `code` of `encoding`; only for nodes that `can_be_encoded`."""

    variant: ClassVar[str] = "encoded"

    layer: Operator
    encoding: Encoding
    code: Code
    _stored: dict[str, Stored] = field(init=False, default_factory=dict[str, Stored], repr=False)
    """What encoding gave, by structure: planning asks for calls again and again."""

    @property
    def constant_name(self) -> str:
        """What the encoded weights are called in the generated code and in the ledger."""
        return f"weights_{self.encoding.name}"

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """The layer's call with the kernel that decodes."""
        (call,) = self.layer.calls(graph, node)
        decoding = self._decoding(graph, node, call)
        return (
            replace(
                call,
                source=_decoded(call.source),
                kernel=_kernel(call),
                structure=f"{call.structure}_decoded",
                parameters=self._parameters(call, decoding),
                scratch_bytes=decoding.scratch_bytes,
                encoding=self.encoding.name,
            ),
        )

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """The layer's with the kernel that decodes, which does not work pixel by pixel: it would decode for each."""
        call = self.layer.rows(graph, node)
        if call is None:
            return None
        decoding = self._decoding(graph, node, call)
        return replace(
            call,
            source=_decoded(call.source),
            kernel=_kernel(call),
            structure=f"{call.structure}_decoded",
            parameters=self._parameters(call, decoding),
            sums_bytes=call.sums_bytes + decoding.sums_bytes,
            scratch_bytes=decoding.scratch_bytes,
            encoding=self.encoding.name,
            pixel=None,
            column_stride=0,
        )

    def decoding_instructions(self, graph: Graph, node: Node) -> int:
        """About how many instructions decoding takes in an inference."""
        (call,) = self.layer.calls(graph, node)
        decoding = self._decoding(graph, node, call)
        return round(decoding.weights.size * decoding.passes * self.encoding.instructions)

    def macs(self, graph: Graph, node: Node) -> int:
        """The layer's."""
        return self.layer.macs(graph, node)

    def _decoding(self, graph: Graph, node: Node, call: Call | RowCall) -> Decoding:
        decoding = self.layer.decoding(graph, node, call)
        if decoding is None:
            raise InvariantError(f"{call.kernel} cannot decode its weights")
        return decoding

    def _parameters(self, call: Call | RowCall, decoding: Decoding) -> Mapping[str, Parameter]:
        if call.structure not in self._stored:
            self._stored[call.structure] = self.code.store(decoding.weights)
        stored = self._stored[call.structure]
        table = f"{self.encoding.name}_table"
        tables = {} if stored.table is None else {"weights.table": stored.table}
        kept = {name: value for name, value in call.parameters.items() if name not in {"weights", *decoding.without}}
        return {
            "weights.data": Constant(self.constant_name, stored.data, ConstantKind.WEIGHTS),
            **{name: Constant(table, each, ConstantKind.TABLES, shared=True) for name, each in tables.items()},
            "weights.parameter": stored.parameter,
            "weights.encoding": encodings.ALL.index(self.encoding),
            **kept,
        }


def _decoded(source: str) -> str:
    path = PurePosixPath(source)
    return str(path.with_stem(f"{path.stem}_decoded"))


def _kernel(call: Call | RowCall) -> str:
    """The layer's function, renamed like its structure."""
    return call.kernel.replace(call.structure, f"{call.structure}_decoded", 1)
