"""The whole flow, top to bottom: a model file in, a measured image out. Read this first.

    .tflite --read--> Graph --transforms--> Graph --choose--> Implementations --plan--> Plan --emit--> CSource
            --build--> Image --measure--> Footprint

Each stage is a function from frozen values to a new frozen value; no stage reaches back.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from lilliput import choice, transforms
from lilliput.choice import Implementations, Slowdown
from lilliput.codegen import CSource, emit, identifier
from lilliput.footprint import Footprint, measure
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.options import DEFAULT_OPTIONS, Options
from lilliput.planning import Plan, check_plan, needs, plan
from lilliput.progress import Progress, silent
from lilliput.targets import find
from lilliput.tflm.decode.unpack import unpack
from lilliput.toolchain import Image, build_image
from lilliput.transforms import Rewriting, Saving

Plans = dict[Hashable, Plan]
"""Plans by what they were made for."""


@dataclass(frozen=True, slots=True)
class Build:
    """Everything that a build made, stage by stage; `savings` are the rewrites'.

    `slowdown` is what encoded weights cost, None where all weights are dense.
    """

    options: Options
    graph: Graph
    savings: tuple[Saving, ...]
    implementations: Implementations
    plan: Plan
    source: CSource
    image: Image
    footprint: Footprint
    slowdown: Slowdown | None = None


def prepare(graph: Graph, options: Options = DEFAULT_OPTIONS) -> Graph:
    """Apply the exact rewrites and check that the rest is supported (ModelError, UnsupportedError).

    Raises UsageError when the options leave out a transform that does not exist.
    """
    return _rewrite(graph, options).graph


def _rewrite(graph: Graph, options: Options) -> Rewriting:
    rewriting = transforms.rewrite(unpack(graph), transforms.without(options.without_transforms))
    support.check(rewriting.graph)
    return rewriting


def choose(graph: Graph, options: Options) -> Implementations:
    """The implementation of each node of a prepared graph."""
    if options.optimize == "speed" or options.fast_operators:
        return choice.fastest(graph, find(options.target).features, options.fast_operators)
    return Implementations()


def generate(
    graph: Graph,
    options: Options,
    implementations: Implementations | None = None,
    *,
    arena_bytes: int | None = None,
    trace: bool = False,
    plans: Plans | None = None,
) -> tuple[Plan, CSource]:
    """Plan and emit a prepared graph, within `arena_bytes` when given (DoesNotFitError).

    `implementations` are those that `choose` finds unless given. With `trace` it becomes a debug build that reports
    every node's outputs. `plans` of the same graph and options serve again where planning would give the same.
    """
    if implementations is None:
        implementations = choose(graph, options)
    plans = {} if plans is None else plans
    key = (needs(graph, implementations), arena_bytes)
    if key in plans:
        check_plan(graph, implementations, plans[key])
    else:
        plans[key] = plan(
            graph,
            implementations,
            seconds=options.plan_seconds,
            rows=options.schedule == "rows",
            input_by_rows=options.input == "rows",
            ram_bytes=arena_bytes,
        )
    placed = plans[key]
    name = identifier(Path(graph.source.name).stem) if options.name is None else options.name
    caller_arena = options.arena == "caller"
    return placed, emit(graph, placed, implementations, name=name, caller_arena=caller_arena, trace=trace)


def build(graph: Graph, options: Options, directory: Path, *, progress: Progress = silent) -> Build:
    """Compile, link and measure a graph as read from a file; intermediate files go to `directory`.

    Optimised for size, weights are encoded where that makes the image smaller and not too slow.
    """
    rewriting = _rewrite(graph, options)
    implementations = choose(rewriting.graph, options)
    plans: Plans = {}
    dense = _build_within(rewriting, options, implementations, directory, plans)
    if options.optimize != "size" or options.max_slowdown <= 1:
        return dense
    best = choice.encode_weights(
        dense,
        # Each alternative has a folder of its own: their images are compared.
        lambda encoded: _build_within(rewriting, options, encoded, Path(mkdtemp(dir=directory)), plans),
        options.max_slowdown,
        ram_bytes=options.ram_bytes,
        progress=progress,
    )
    return replace(best.built, slowdown=best.slowdown)


def _build_within(
    rewriting: Rewriting, options: Options, implementations: Implementations, directory: Path, plans: Plans
) -> Build:
    """A build that keeps to `options.ram_bytes`, if it can."""
    built = _build(rewriting, options, implementations, directory, options.ram_bytes, plans)
    if options.ram_bytes is not None and built.footprint.ram_bytes > options.ram_bytes:
        # What stack and static data take is known only now.
        other_bytes = built.footprint.ram_bytes - built.footprint.arena_bytes
        arena_bytes = max(options.ram_bytes - other_bytes, 0)
        built = _build(rewriting, options, implementations, directory, arena_bytes, plans)
    return built


def _build(
    rewriting: Rewriting,
    options: Options,
    implementations: Implementations,
    directory: Path,
    arena_bytes: int | None,
    plans: Plans,
) -> Build:
    graph = rewriting.graph
    placed, source = generate(graph, options, implementations, arena_bytes=arena_bytes, plans=plans)
    target = find(options.target)
    image = build_image(source, target, toolchain=options.toolchain, optimize=options.compiled_for, directory=directory)
    return Build(options, graph, rewriting.savings, implementations, placed, source, image, measure(image))
