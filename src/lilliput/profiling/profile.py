"""Graph + options -> Profile: builds the model, runs it on the emulated target, and says where its instructions go.

What is counted are instructions of one inference from the entry of NAME_run to its return, for random inputs.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import InvariantError, UsageError
from lilliput.firmware.accounting import account
from lilliput.firmware.debug.painting import Painting, paint
from lilliput.footprint.debug_info import read_debug_info
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.oracles import random_inputs
from lilliput.pipeline import Build, build
from lilliput.profiling.cycles import CycleEstimate, estimate_cycles
from lilliput.progress import Progress, silent
from lilliput.toolchain import emulate
from lilliput.toolchain.image import Executions

_REQUANTISATION = "requantize"
"""How the names of the functions begin that turn sums into outputs."""
_UNNAMED = "code without a name"


@dataclass(frozen=True, slots=True)
class NodeCost:
    """Instructions of a node (`origin` is its index in the model file; None: code that belongs to no node)."""

    origin: int | None
    operator: str
    name: str
    variant: str
    instructions: int
    macs: int
    requantisation_instructions: int


@dataclass(frozen=True, slots=True)
class FunctionCost:
    """Instructions of a function's own code, wherever it was inlined."""

    name: str
    instructions: int


@dataclass(frozen=True, slots=True)
class LineCost:
    """Instructions that a line of the generated file became."""

    line: int
    text: str
    instructions: int


@dataclass(slots=True)
class Frame:
    """A part of the instructions, divided among `children`; what they leave is its own."""

    name: str
    instructions: int = 0
    children: "dict[str, Frame]" = field(default_factory=dict[str, "Frame"])

    def add(self, path: Sequence[str], instructions: int) -> None:
        """Add instructions of the innermost of `path`."""
        self.instructions += instructions
        if path:
            self.children.setdefault(path[0], Frame(path[0])).add(path[1:], instructions)


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the instructions of an inference go; nodes, functions and lines each add up to `instructions`.

    `functions` and `lines` come largest first; the line 0 stands for code of other files, such as compiler libraries.
    """

    build: Build
    instructions: int
    nodes: tuple[NodeCost, ...]
    functions: tuple[FunctionCost, ...]
    lines: tuple[LineCost, ...]
    flame: Frame
    cycles: CycleEstimate | None

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations of all nodes."""
        return sum(node.macs for node in self.nodes)

    @property
    def requantisation_instructions(self) -> int:
        """Instructions that turn sums into outputs, of all nodes."""
        return sum(node.requantisation_instructions for node in self.nodes)


def profile(graph: Graph, options: Options, *, seed: int = 0, progress: Progress = silent) -> Profile:
    """Profile a model as read from a file, on inputs from `seed`.

    Raises what building and emulating raise, and UsageError for the host, which is not emulated.
    """
    if options.target == "host":
        raise UsageError("the host is not emulated", advice="Choose a microcontroller with --target.")
    with tempfile.TemporaryDirectory() as folder:
        progress(f"compiling for {options.target}", 0, 1)
        built = build(graph, options, Path(folder))
        sizes = [tensor.size_bytes for tensor in built.graph.select(built.graph.outputs)]
        progress(f"running on {options.target}", 0, 1)
        run = emulate(built.image, random_inputs(graph, 1, seed), sizes, by_address=True)
        if run.executions is None:
            raise InvariantError("the emulator did not count by address")
        return _profile(built, run.executions)


def _profile(built: Build, executions: Executions) -> Profile:
    counts = executions.total
    chains = _chains(built, executions.first_address, len(counts))
    nodes = tuple(_nodes(built, executions, chains))
    profiled = Profile(
        build=built,
        instructions=int(counts.sum()),
        nodes=nodes,
        functions=tuple(_functions(counts, chains)),
        lines=tuple(_lines(built, counts, executions.first_address)),
        flame=_flame(built, executions, chains),
        cycles=estimate_cycles(built.image, executions),
    )
    for costs in (profiled.nodes, profiled.functions, profiled.lines):
        if sum(cost.instructions for cost in costs) != profiled.instructions:
            raise InvariantError("the parts of a profile do not add up")
    return profiled


def _chains(built: Build, first_address: int, places: int) -> Mapping[int, tuple[str, ...]]:
    """For each halfword of code, the function it lies in and the calls inlined there, the outermost first."""
    painting = paint(account(built.image.elf), lambda *_: None)
    found: dict[int, tuple[str, ...]] = {}
    for index, each in enumerate(painting.code.ranges):
        owners = painting.owners.get(index)
        home = painting.homes.get(index)
        # Compilers rename what they specialise: dot_product.isra.0 is dot_product.
        name = each.name if home is None else painting.names.of(painting.call(home).scope.entry).linkage
        for offset in range(0, each.size_bytes, 2):
            place = (each.address + offset - first_address) // 2
            if 0 <= place < places:
                inlined = () if owners is None else _inlined(painting, int(owners[offset]))
                found[place] = (name, *inlined)
    return found


def _inlined(painting: Painting, owner: int) -> tuple[str, ...]:
    """The names of the inlined calls around a byte, the outermost first."""
    calls = [painting.call(number) for number in painting.inlined_chain(owner)]
    return tuple(painting.names.of(call.scope.entry).linkage for call in reversed(calls))


def _path(chains: Mapping[int, tuple[str, ...]], place: int) -> tuple[str, ...]:
    return chains.get(place, (_UNNAMED,))


def _nodes(built: Build, executions: Executions, chains: Mapping[int, tuple[str, ...]]) -> Iterator[NodeCost]:
    for index, node in enumerate(built.graph.nodes):
        operator = built.implementations(node)
        counts = executions.by_node.get(index)
        yield NodeCost(
            node.origin.index,
            node.operator,
            node.origin.name,
            operator.variant,
            0 if counts is None else int(counts.sum()),
            operator.macs(built.graph, node),
            0 if counts is None else _requantisation(counts, chains),
        )
    nobody = executions.by_node[None]
    yield NodeCost(None, "", "", "", int(nobody.sum()), 0, _requantisation(nobody, chains))


def _requantisation(counts: NDArray[np.uint32], chains: Mapping[int, tuple[str, ...]]) -> int:
    places = np.flatnonzero(counts).tolist()
    return sum(
        int(counts[place]) for place in places if any(name.startswith(_REQUANTISATION) for name in _path(chains, place))
    )


def _functions(counts: NDArray[np.uint64], chains: Mapping[int, tuple[str, ...]]) -> Iterator[FunctionCost]:
    totals: Counter[str] = Counter()
    for place in np.flatnonzero(counts).tolist():
        totals[_path(chains, place)[-1]] += int(counts[place])
    yield from (FunctionCost(name, total) for name, total in totals.most_common())


def _lines(built: Build, counts: NDArray[np.uint64], first_address: int) -> Iterator[LineCost]:
    name = f"{built.source.name}.c"
    line_of = np.zeros(len(counts), np.int64)
    for row in read_debug_info(built.image.elf, name, frozenset()).rows:
        line_of[(row.start - first_address) // 2 : (row.end - first_address) // 2] = row.line
    totals: Counter[int] = Counter()
    for place in np.flatnonzero(counts).tolist():
        totals[int(line_of[place])] += int(counts[place])
    texts = built.source.source.splitlines()
    for line, total in totals.most_common():
        yield LineCost(line, texts[line - 1].strip() if line else "", total)


def _flame(built: Build, executions: Executions, chains: Mapping[int, tuple[str, ...]]) -> Frame:
    """Nodes in the order of the model, and below each the functions that worked for it."""
    root = Frame(built.source.name)
    for index, counts in sorted(executions.by_node.items(), key=lambda item: (item[0] is None, item[0] or 0)):
        node = None if index is None else built.graph.nodes[index]
        name = "no node" if node is None else f"{node.origin.index} {node.operator.upper()}"
        paths: Counter[tuple[str, ...]] = Counter()
        for place in np.flatnonzero(counts).tolist():
            paths[_path(chains, place)] += int(counts[place])
        for path, instructions in sorted(paths.items()):
            root.add((name, *path), instructions)
    return root
