"""What a choice is: for some nodes another implementation than the operator's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lilliput.ir import Node
from lilliput.operators import support
from lilliput.operators.operator import Operator


@dataclass(frozen=True, slots=True)
class Implementations:
    """Node -> operator, as planning and code generation ask for it; nodes are named by their outputs."""

    chosen: Mapping[tuple[int, ...], Operator] = field(default_factory=lambda: MappingProxyType({}))

    def __call__(self, node: Node) -> Operator:
        """The node's implementation; the operator's own, which is portable, where no other was chosen."""
        return self.chosen.get(node.outputs) or support.operator_of(node)

    def run_on(self, features: frozenset[str]) -> bool:
        """Whether a core with only these features can run all of them."""
        return all(operator.features <= features for operator in self.chosen.values())
