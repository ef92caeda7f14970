"""Views that share memory -> what is left for their node to read and to write."""

from collections.abc import Collection, Iterator

from lilliput.ir import Graph, Node
from lilliput.operators.operator import View


def read(node: Node, views: Collection[View], shared: Collection[View]) -> tuple[int | None, ...]:
    """The node's inputs, None for those of `views` that need not be read, as all of theirs are `shared`."""
    idle = {view.input for view in shared} - {view.input for view in views if view not in shared}
    return tuple(None if position in idle else index for position, index in enumerate(node.inputs))


def written(graph: Graph, node: Node, output: int, shared: Collection[View]) -> Iterator[range]:
    """The bytes of an output that the node must write when the tensors of these views share memory."""
    start, size_bytes = 0, graph.output(node, output).size_bytes
    for view in sorted((view for view in shared if view.output == output), key=lambda view: -view.offset_bytes):
        if start < min(-view.offset_bytes, size_bytes):
            yield range(start, min(-view.offset_bytes, size_bytes))
        start = max(start, graph.input(node, view.input).size_bytes - view.offset_bytes)
    if start < size_bytes:
        yield range(start, size_bytes)


def are_all(graph: Graph, node: Node, shared: Collection[View]) -> bool:
    """Whether nothing is left to be written."""
    return bool(shared) and not any(any(written(graph, node, each, shared)) for each in range(len(node.outputs)))


def viewed(graph: Graph, node: Node, views: Collection[View]) -> int | None:
    """The tensor whose bytes output 0 is, all of them unchanged; None where it is anything else."""
    whole = (0, 0, graph.output(node).size_bytes)
    return next(
        (
            node.inputs[view.input]
            for view in views
            if (view.output, view.offset_bytes, graph.input(node, view.input).size_bytes) == whole
        ),
        None,
    )
