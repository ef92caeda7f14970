"""Graph -> places: which tensors lie in the same memory, and where in it.

The tensors of a view share memory where no two values, each of them written by one node or given by the caller, come to
lie on the same bytes. So bytes keep their value until nobody needs it any more, and no order of nodes is in the way.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lilliput.ir import Graph, Node
from lilliput.operators.operator import Operator, View
from lilliput.operators.views import written


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes [`start_bytes`, `end_bytes`) of the memory `home`."""

    home: int
    start_bytes: int
    end_bytes: int

    @property
    def size_bytes(self) -> int:
        """How many bytes."""
        return self.end_bytes - self.start_bytes

    def meets(self, other: "Span") -> bool:
        """Whether a byte belongs to both."""
        own, others = range(self.start_bytes, self.end_bytes), range(other.start_bytes, other.end_bytes)
        return self.home == other.home and meet(own, others)


@dataclass(frozen=True, slots=True)
class Places:
    """Where each tensor lies, in the order in which they are written; a home is named by the first tensor in it.

    `views` are, for each node, those of its views whose tensors lie as they say.
    """

    spans: Mapping[int, Span]
    views: tuple[tuple[View, ...], ...]


@dataclass(slots=True, eq=False)
class _Memory:
    """Memory under construction: where its tensors begin, counted from anywhere, and the bytes that hold values."""

    starts: dict[int, int]
    values: list[range]

    def join(self, other: "_Memory", shift_bytes: int) -> None:
        """Take over what lies in another memory, so many bytes further on."""
        self.starts |= {index: start + shift_bytes for index, start in other.starts.items()}
        self.values += [_shifted(value, shift_bytes) for value in other.values]


def places(graph: Graph, nodes: Sequence[Node], operators: Sequence[Operator | None], *, parts: bool) -> Places:
    """Lay out all that is neither constant nor left out. Without `parts`, only views of the whole share memory."""
    touched = dict.fromkeys((*graph.inputs, *graph.outputs))
    for node in nodes:
        touched |= dict.fromkeys((*node.inputs, *node.outputs))
    made = {index for node in nodes for index in node.outputs}
    given = (i for i in touched if i >= 0 and i not in made and not graph.tensors[i].is_constant)
    memory_of = {i: _Memory({i: 0}, [range(graph.tensors[i].size_bytes)]) for i in given}
    views: list[tuple[View, ...]] = []
    for node, operator in zip(nodes, operators, strict=True):
        memory_of |= {index: _Memory({index: 0}, []) for index in node.outputs}
        wanted = () if operator is None else operator.views(graph, node)
        possible = [view for view in wanted if _can_share(graph, node, view, memory_of, parts=parts)]
        views.append(tuple(_share(graph, node, possible, memory_of)))
        for position, index in enumerate(node.outputs):
            memory = memory_of[index]
            memory.values += _shifted_all(written(graph, node, position, views[-1]), memory.starts[index])
    return Places(_spans(graph, memory_of), tuple(views))


def meet(one: range, other: range) -> bool:
    """Whether something belongs to both."""
    return max(one.start, other.start) < min(one.stop, other.stop)


def _can_share(graph: Graph, node: Node, view: View, memory_of: Mapping[int, _Memory], *, parts: bool) -> bool:
    """Whether both tensors lie in memory; a part only where neither is a variable, which changes."""
    ends = graph.input(node, view.input), graph.output(node, view.output)
    sizes = {tensor.size_bytes for tensor in ends}
    shares = len(sizes) == 1 or (parts and 0 not in sizes and not any(tensor.is_variable for tensor in ends))
    return shares and node.inputs[view.input] in memory_of


def _share(graph: Graph, node: Node, views: Sequence[View], memory_of: dict[int, _Memory]) -> Iterator[View]:
    """Let outputs lie as the views say where that is possible; these views.

    Inputs that lie in the same memory, already as they should to one another, are looked at together.
    """
    groups: dict[tuple[_Memory, int, int], list[View]] = {}
    for view in views:
        index = node.inputs[view.input]
        start = memory_of[index].starts[index] + view.offset_bytes
        groups.setdefault((memory_of[index], start, view.output), []).append(view)
    for group in groups.values():
        source, position = node.inputs[group[0].input], group[0].output
        memory, own = memory_of[source], memory_of[node.outputs[position]]
        start = memory.starts[source] + group[0].offset_bytes
        shift = start - own.starts[node.outputs[position]]
        others = _shifted_all(written(graph, node, position, group), start)
        target = range(start, start + graph.output(node, position).size_bytes)
        if memory is not own and _is_free(memory, target, others, _shifted_all(own.values, shift)):
            if len(memory.starts) < len(own.starts):
                memory, own, shift = own, memory, -shift
            memory.join(own, shift)
            memory_of |= dict.fromkeys(own.starts, memory)
            yield from group


def _is_free(memory: _Memory, target: range, others: Sequence[range], values: Sequence[range]) -> bool:
    """Whether an output can lie at `target` whose bytes `others` are not there yet, and the `values` around it."""
    outside = [each for each in memory.values if each.start < target.start or target.stop < each.stop]
    pairs = ((memory.values, others), (outside, values))
    return not any(meet(one, other) for left, right in pairs for one in left for other in right)


def _spans(graph: Graph, memory_of: Mapping[int, _Memory]) -> dict[int, Span]:
    homes: dict[_Memory, int] = {}
    for index, memory in memory_of.items():
        homes.setdefault(memory, index)
    origins = {memory: min(memory.starts.values()) for memory in homes}
    starts = {index: memory.starts[index] - origins[memory] for index, memory in memory_of.items()}
    return {
        index: Span(homes[memory], starts[index], starts[index] + graph.tensors[index].size_bytes)
        for index, memory in memory_of.items()
    }


def _shifted(values: range, bytes_on: int) -> range:
    return range(values.start + bytes_on, values.stop + bytes_on)


def _shifted_all(values: Iterable[range], bytes_on: int) -> list[range]:
    return [_shifted(value, bytes_on) for value in values]
