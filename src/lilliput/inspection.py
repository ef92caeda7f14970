"""Graph -> Inspection: what is in a model, where its bytes and operations go, and whether Lilliput can compile it.

Works for every graph that the reader accepts, supported or not, and needs none of the optional packages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from lilliput import transforms
from lilliput.errors import DoesNotFitError, LilliputError, ModelError, UnsupportedError
from lilliput.ir import Graph, Node
from lilliput.occupancy import live_bytes, occupants
from lilliput.operators import support
from lilliput.operators.operator import Operator
from lilliput.options import Options
from lilliput.planning import Plan, plan
from lilliput.progress import Progress, silent
from lilliput.tflm.decode.unpack import unpack

_WHOLE_LAYERS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class NodeCost:
    """What one node of the file costs.

    `macs` is None when the operator is unknown. `weight_bytes` are the constants that no earlier node uses, so that
    each buffer of the file counts once; `activation_bytes` are the outputs. A `removed` node is computed at compile
    time or by nobody: no code is left of it. `problems` are the reasons why the node cannot be compiled.
    """

    node: Node
    macs: int | None
    weight_bytes: int
    activation_bytes: int
    removed: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """The arena while the model runs layer by layer.

    `graph` is the model after the exact rewrites; step s of this chart runs its node `plan.order[s]`. `live_bytes[s]`
    are the most bytes of tensors that are alive at once meanwhile; `peak_step` is the first step with the most.
    `contributors` are the tensors alive at the peak with the bytes that are still or already needed, most first.
    """

    graph: Graph
    plan: Plan
    live_bytes: tuple[int, ...]
    peak_step: int
    contributors: Mapping[int, int]

    @property
    def peak_bytes(self) -> int:
        """The most bytes in memory at one step."""
        return self.live_bytes[self.peak_step]

    def node(self, step: int) -> Node:
        """The node that runs at a step."""
        return self.graph.nodes[self.plan.order[step]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything that `inspect` shows. `memory` is None for a model without nodes, or far too large to be planned.

    `plan` is the plan of `memory.graph` that `compile` would use, where it was asked for: by rows, unless the options
    say otherwise or the model cannot be compiled.
    """

    graph: Graph
    nodes: tuple[NodeCost, ...]
    memory: Memory | None
    problems: tuple[str, ...]
    plan: Plan | None = None

    @property
    def metadata_bytes(self) -> int:
        """The bytes of the file that are no constants: names, shapes, quantisation, and what only converters read."""
        return self.graph.source.file_bytes - self.graph.source.constant_bytes

    @property
    def unused_constant_bytes(self) -> int:
        """Constants that no node uses."""
        return self.graph.source.constant_bytes - sum(cost.weight_bytes for cost in self.nodes)

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations of one inference, those of unknown operators left out."""
        return sum(cost.macs or 0 for cost in self.nodes)


def operator_title(node: Node) -> str:
    """TFLite's name in capitals; a custom operator is "CUSTOM:" and its name as it stands in the file."""
    kind, colon, name = node.operator.partition(":")
    return f"{kind.upper()}{colon}{name}"


def inspect_graph(graph: Graph, options: Options | None = None, *, progress: Progress = silent) -> Inspection:
    """Account for a graph as it was read. What cannot be compiled is listed, never raised.

    With `options` its memory is also planned as `compile` would do it with them, which can take some seconds.
    """
    prepared, problems = _prepare(graph)
    node_problems = _node_problems(prepared)
    problems += tuple(problem for found in node_problems.values() for problem in found)
    problems += _graph_problems(prepared)
    memory = placed = None
    try:
        memory = _memory(prepared, node_problems)
        if memory is not None and options is not None:
            progress(f"planning the memory of {graph.source.name}", 0, 1)
            placed = memory.plan if problems else _plan(prepared, options)
    except DoesNotFitError as error:
        problems += (error.fact,)
    return Inspection(graph, _costs(graph, prepared, node_problems), memory, tuple(dict.fromkeys(problems)), placed)


def _plan(graph: Graph, options: Options) -> Plan:
    return plan(
        graph,
        support.operator_of,
        seconds=options.plan_seconds,
        rows=options.schedule == "rows",
        input_by_rows=options.input == "rows",
    )


def _prepare(graph: Graph) -> tuple[Graph, tuple[str, ...]]:
    """The graph after the exact rewrites; as it was, with the reason, when it cannot be rewritten."""
    try:
        return transforms.apply(unpack(graph)), ()
    except LilliputError as error:
        return graph, _reasons(error)


def _graph_problems(graph: Graph) -> tuple[str, ...]:
    """The problems that `compile` would name."""
    try:
        support.check(graph)
    except (ModelError, UnsupportedError) as error:
        return _reasons(error)
    return ()


def _reasons(error: LilliputError) -> tuple[str, ...]:
    return error.problems if isinstance(error, UnsupportedError) else (error.fact,)


def _node_problems(graph: Graph) -> Mapping[int, tuple[str, ...]]:
    """Index in the file -> the problems of each node, also of those after a node at which `compile` would give up."""
    found: dict[int, tuple[str, ...]] = {}
    for node in graph.nodes:
        alone = _graph_problems(replace(graph, nodes=(node,)))
        found[node.origin.index] = found.get(node.origin.index, ()) + alone
    return found


def _costs(graph: Graph, prepared: Graph, node_problems: Mapping[int, tuple[str, ...]]) -> tuple[NodeCost, ...]:
    left = {node.origin.index for node in prepared.nodes}
    seen: set[int] = set()
    return tuple(
        NodeCost(
            node=node,
            macs=_macs(graph, node),
            weight_bytes=_new_constant_bytes(graph, node, seen),
            activation_bytes=sum(tensor.size_bytes for tensor in graph.select(node.outputs)),
            removed=node.origin.index not in left,
            problems=node_problems.get(node.origin.index, ()),
        )
        for node in graph.nodes
    )


def _macs(graph: Graph, node: Node) -> int | None:
    operator = support.find(node)
    if operator is None:
        return None
    try:
        return operator.macs(graph, node)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        # The operator trusts rules that this node breaks; `problems` says which.
        return None


def _new_constant_bytes(graph: Graph, node: Node, seen: set[int]) -> int:
    """Bytes of the node's constants whose buffers are not in `seen`, which they are added to.

    Tensors that share a buffer of the file are views of one array, so its address tells them apart.
    """
    total = 0
    for tensor in graph.input_tensors(node):
        if tensor is None or tensor.data is None or not tensor.data.size or tensor.data.ctypes.data in seen:
            continue
        seen.add(tensor.data.ctypes.data)
        total += tensor.data.nbytes
    return total


def _memory(graph: Graph, node_problems: Mapping[int, tuple[str, ...]]) -> Memory | None:
    if not graph.nodes:
        return None

    def operator_of(node: Node) -> Operator | None:
        return None if node_problems[node.origin.index] else support.find(node)

    # `compile` will not plan what it cannot compile: then the first packing found tells enough, and at once.
    seconds = 0.0 if any(node_problems.values()) else _WHOLE_LAYERS_SECONDS
    placed = plan(graph, operator_of, seconds=seconds, rows=False)
    found = occupants(graph, placed)
    live = live_bytes(placed, found)
    steps: dict[int, list[int]] = {}
    for number, step in enumerate(placed.steps):
        steps.setdefault(step.node, []).append(number)
    fullest = [max(steps.get(node, [0]), key=live.__getitem__) for node in placed.order]
    by_node = tuple(live[step] for step in fullest)
    peak_step = by_node.index(max(by_node))
    at_peak = {
        each.tensor: each.bytes_at(fullest[peak_step])
        for each in sorted(found, key=lambda each: -each.bytes_at(fullest[peak_step]))
        if each.tensor is not None and each.bytes_at(fullest[peak_step])
    }
    return Memory(graph, placed, by_node, peak_step, MappingProxyType(at_peak))
