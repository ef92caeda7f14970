"""Which operators there are, and whether a graph keeps their rules. Graph -> None or an error that lists everything."""

from collections.abc import Iterator

from lilliput import operators
from lilliput.errors import InvariantError, ModelError, UnsupportedError
from lilliput.ir import Graph, Node
from lilliput.operators import views
from lilliput.operators.operator import Operator, Rule


def find(node: Node) -> Operator | None:
    """The node's operator, None when it is not supported."""
    known = (*operators.ALL, *operators.MADE)
    return next((operator for operator in known if operator.name == node.operator), None)


def operator_of(node: Node) -> Operator:
    """The operator of a node that `check` has passed."""
    operator = find(node)
    if operator is None:
        raise InvariantError(f"operator {node.operator} has not been checked")
    return operator


def is_sound(operator: Operator, graph: Graph, node: Node) -> bool:
    """Whether the node keeps all that its operator asks for, so that the operator's methods may be called."""
    return (
        _arity_fits(operator, node)
        and node.version in operator.versions
        and all(rule(graph, node) for rule in operator.rules)
        and all(rule(graph, node) for rule in operator.consistency)
    )


def viewed(graph: Graph, node: Node) -> int | None:
    """The tensor whose bytes output 0 is, all of them unchanged; None where it is anything else."""
    operator = find(node)
    if operator is None or not is_sound(operator, graph, node):
        return None
    return views.viewed(graph, node, operator.views(graph, node))


def sentence(rule: Rule) -> str:
    """The rule in words: its docstring without the full stop."""
    return (rule.__doc__ or rule.__name__).strip().rstrip(".")


def check(graph: Graph) -> None:
    """Accept a graph that `compile` can translate.

    Raises UnsupportedError with every unsupported thing of the whole graph, or ModelError when a node contradicts
    itself.
    """
    problems = list(_problems(graph))
    if problems:
        raise UnsupportedError(
            problems,
            graph.source.name,
            "SUPPORTED_OPERATORS.md lists what can be compiled; `lilliput inspect` shows it",
        )
    for node in graph.nodes:
        for rule in operator_of(node).consistency:
            if not rule(graph, node):
                raise ModelError(
                    f"{_place(node)} contradicts itself: {sentence(rule)}",
                    graph.source.name,
                    "Convert the model again; a converter would not write this",
                )


def _place(node: Node) -> str:
    return f"operator {node.origin.index} {node.operator.upper()}"


def _problems(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        operator = find(node)
        if operator is None:
            yield f"{_place(node)}: this operator is not supported"
            continue
        if not _arity_fits(operator, node):
            raise ModelError(
                f"{_place(node)} has {len(node.inputs)} inputs and {len(node.outputs)} outputs, which it cannot have",
                graph.source.name,
                "Convert the model again; a converter would not write this",
            )
        if node.version not in operator.versions:
            newest = operator.versions[-1]
            yield f"{_place(node)}: version {node.version} is not supported (up to {newest})"
        for rule in operator.rules:
            if not rule(graph, node):
                yield f"{_place(node)}: {sentence(rule)}"


def _arity_fits(operator: Operator, node: Node) -> bool:
    required = node.inputs[: operator.inputs.start]
    return (
        len(node.inputs) in operator.inputs and len(node.outputs) in operator.outputs and min(required, default=0) >= 0
    )
