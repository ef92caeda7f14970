"""What RESHAPE, SQUEEZE and EXPAND_DIMS share: the same elements in the same order, in another shape."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.data_movement import copy_whole, output_has_inputs_elements, outputs_are_movable
from lilliput.operators.operator import Call, Operator, View
from lilliput.operators.passing_channels import PassingChannels


class Relabelling(Operator):
    """An operator that needs no code; the output's shape is fixed in the file."""

    rules = (outputs_are_movable,)
    consistency = (output_has_inputs_elements,)
    channels = PassingChannels()

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """A plain copy, for where input and output cannot share an address."""
        return copy_whole(graph, node)

    def views(self, graph: Graph, node: Node) -> tuple[View, ...]:
        """Always the whole."""
        return (View(),)

    def fold(self, graph: Graph, node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...] | None:
        """The input in the output's shape."""
        return None if values[0] is None else (values[0].reshape(graph.output(node).shape),)
