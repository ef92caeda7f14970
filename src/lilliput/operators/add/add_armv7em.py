"""ADD for Armv7E-M: rounded once, where that is exact."""

from typing import ClassVar

from lilliput.errors import InvariantError
from lilliput.ir import Graph, Node
from lilliput.operators.add.add import Add
from lilliput.operators.addition_armv7em import quick_calls
from lilliput.operators.operator import Call


class AddArmv7em(Add):
    """Inputs of one shape."""

    variant: ClassVar[str] = "armv7em"
    features: ClassVar[frozenset[str]] = frozenset({"dsp"})

    def applies(self, graph: Graph, node: Node) -> bool:
        """Whether weights were found that are exact for every pair of inputs."""
        return quick_calls(super().calls(graph, node)) is not None

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call."""
        calls = quick_calls(super().calls(graph, node))
        if calls is None:
            raise InvariantError("a sum does not suit the kernel for Armv7E-M that was chosen for it")
        return calls
