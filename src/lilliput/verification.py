"""Proof by comparison: the compiled code and interpreters that this project did not write, on the same inputs.

The same pipeline builds the model and, since saturated classifiers hide errors in their last bytes, the model cut
before its final SOFTMAX or LOGISTIC; both run on the host and on the emulated target.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lilliput import oracles, tflite
from lilliput.codegen import CSource
from lilliput.errors import ToolError
from lilliput.ir import Graph, Tensor
from lilliput.options import Options
from lilliput.oracles import Oracle, Outputs, differing, flat
from lilliput.pipeline import Build, build, generate, prepare
from lilliput.progress import Progress, silent
from lilliput.saturation import before_saturation
from lilliput.targets import find
from lilliput.toolchain import Run, emulate, run_host
from lilliput.tracing import trace

CONTRACT = "tflm"
"""Whose arithmetic the kernels have. Another oracle's rounding shows in what saturation would hide."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Outputs of one run against the oracle's: `what` ran `where`, and how many of `compared_bytes` differ."""

    what: str
    where: str
    compared_bytes: int
    mismatched_bytes: int


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first difference: byte `index` of node `node`'s output for input set `input_set`.

    `node` is the operator's index in the file; None when no single node was found to differ, and only the outputs do.
    """

    where: str
    node: int | None
    operator: str
    name: str
    input_set: int
    index: int
    expected: int
    actual: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where two oracles part on the same inputs: differing output bytes, and the first operator where."""

    oracle: Oracle
    compared_bytes: int
    differing_bytes: int
    first_node: int | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of `verify`. Passed means: no mismatched byte anywhere."""

    build: Build
    run: Run | None
    oracle: Oracle
    inputs: int
    comparisons: tuple[Comparison, ...]
    first_mismatch: Mismatch | None
    disagreements: tuple[Disagreement, ...]
    notes: tuple[str, ...]

    @property
    def mismatched_bytes(self) -> int:
        """Mismatched bytes of all comparisons."""
        return sum(comparison.mismatched_bytes for comparison in self.comparisons)


@dataclass(frozen=True, slots=True)
class _Case:
    """One model to compare: the whole, or the part before saturation."""

    what: str
    model: bytes
    graph: Graph
    inputs: Outputs


@dataclass(frozen=True, slots=True)
class _Result:
    """What building and running one case gave; `outputs` by where they were computed."""

    case: _Case
    expected: Outputs
    build: Build
    run: Run | None
    outputs: Mapping[str, Outputs]


def verify(
    model: bytes,
    graph: Graph,
    options: Options,
    inputs: Outputs,
    *,
    sanitize: bool = False,
    progress: Progress = silent,
) -> Verification:
    """Compare compiled code with the oracle for every input set; `graph` was read from the bytes `model`.

    `inputs[i]` are the raw bytes of each of the model's inputs. Raises what building raises, and ToolError when no
    oracle accepts the model.
    """
    # An interpreter may crash on a model that breaks the rules, so it never gets one.
    prepare(graph, options)
    oracle, note = oracles.default_oracle()
    notes = [note] if note else []
    cases = [_Case("outputs", model, graph, inputs)]
    if oracle.contract == CONTRACT:
        cases += _cut_case(graph, inputs)
    results = [_run_everywhere(case, options, oracle, sanitize, progress) for case in cases]
    wrong = [
        (result, where)
        for result in results
        for where, actual in result.outputs.items()
        if differing(result.expected, actual)
    ]
    comparisons = (
        Comparison(result.case.what, where, sum(map(len, flat(actual))), differing(result.expected, actual))
        for result in results
        for where, actual in result.outputs.items()
    )
    return Verification(
        results[0].build,
        results[0].run,
        oracle,
        len(inputs),
        tuple(comparisons),
        _first_mismatch(*wrong[0], options, oracle, progress) if wrong else None,
        _disagreements(oracle, results[0], notes, progress),
        tuple(notes),
    )


def _cut_case(graph: Graph, inputs: Outputs) -> list[_Case]:
    part = before_saturation(graph)
    return [] if part is None else [_part_of(graph, part, inputs, "before the final softmax or logistic")]


def _part_of(graph: Graph, part: Graph, inputs: Outputs, what: str) -> _Case:
    """A part of a graph as a case of its own, with the inputs that it still needs."""
    kept = [tensor.origin.index for tensor in part.select(part.inputs)]
    positions = [position for position, index in enumerate(graph.inputs) if graph.tensors[index].origin.index in kept]
    chosen = [[sample[position] for position in positions] for sample in inputs]
    return _Case(what, tflite.write(part), part, chosen)


def _run_everywhere(case: _Case, options: Options, oracle: Oracle, sanitize: bool, progress: Progress) -> _Result:
    """Build for the target, run on the host and, unless that is the target, in the emulator."""
    progress(f"{oracle.title}: {case.what}", 0, 1)
    expected = oracles.run(oracle, case.model, case.graph, case.inputs)
    progress(f"compiling for {options.target}: {case.what}", 0, 1)
    with tempfile.TemporaryDirectory() as folder:
        built = build(case.graph, options, Path(folder), progress=progress)
        sizes = [tensor.size_bytes for tensor in built.graph.select(built.graph.outputs)]
        progress(f"host: {case.what}", 0, 1)
        outputs: dict[str, Outputs] = {
            "host": run_host(
                _host_source(built),
                case.inputs,
                sizes,
                toolchain=options.toolchain,
                optimize=options.compiled_for,
                sanitize=sanitize,
            ).outputs
        }
        if options.target == "host":
            return _Result(case, expected, built, None, outputs)
        what = f"{options.target}: {case.what}"
        run = emulate(built.image, case.inputs, sizes, progress=lambda done, of: progress(what, done, of))
    return _Result(case, expected, built, run, {**outputs, options.target: run.outputs})


def _host_source(built: Build) -> CSource:
    """The same source where this machine can run it, else what the same options give for it."""
    # Where everything lies does not matter for what it computes.
    options = replace(built.options, target="host", plan_seconds=0.0)
    if built.implementations.run_on(find(options.target).features):
        return built.source
    return generate(built.graph, options)[1]


def _first_mismatch(result: _Result, where: str, options: Options, oracle: Oracle, progress: Progress) -> Mismatch:
    """Find the first wrong byte: by node in a debug build on the host or by cutting the model, else in the outputs."""
    case, actual = result.case, result.outputs[where]
    pairs = list(zip(result.expected, actual, strict=True))
    sample = next(position for position, (right, wrong) in enumerate(pairs) if tuple(right) != tuple(wrong))
    if where == "host":
        mismatch = _wrong_node(case, options, oracle, sample)
    else:
        mismatch = _wrong_node_in_emulation(case, options, oracle, sample, progress)
    if mismatch is not None:
        return mismatch
    right, wrong = next((a, b) for a, b in zip(*pairs[sample], strict=True) if a != b)
    index = _first_difference(right, wrong)
    return Mismatch(where, None, "", "", sample, index, right[index], wrong[index])


def _wrong_node_in_emulation(
    case: _Case, options: Options, oracle: Oracle, sample: int, progress: Progress
) -> Mismatch | None:
    """The first node whose output differs from the oracle's when the model ends there, on the emulated target."""
    for done, node in enumerate(case.graph.nodes):
        progress(f"{options.target}: looking for the node that differs", done, len(case.graph.nodes))
        part = tflite.cut(case.graph, node.outputs[:1])
        if not part.inputs:
            continue
        cut = _part_of(case.graph, part, case.inputs[sample : sample + 1], "a part")
        result = _run_everywhere(cut, options, oracle, sanitize=False, progress=silent)
        (right,), (wrong,) = result.expected[0], result.outputs[options.target][0]
        if right != wrong:
            index, origin = _first_difference(right, wrong), node.origin
            return Mismatch(
                options.target, origin.index, node.operator, origin.name, sample, index, right[index], wrong[index]
            )
    return None


def _wrong_node(case: _Case, options: Options, oracle: Oracle, sample: int) -> Mismatch | None:
    """The first node whose output differs from the oracle's, for one set of inputs on the host."""
    graph = prepare(case.graph, options)
    traced = trace(graph, options, case.inputs[sample])
    positions = {tensor.origin.index: position for position, tensor in enumerate(case.graph.tensors)}
    made = [positions[graph.tensors[each.tensor].origin.index] for each in traced]
    correct = oracles.tensors(oracle, case.model, case.graph, case.inputs[sample], made)
    for each, position in zip(traced, made, strict=True):
        right, wrong = _left(correct[position], case.graph.tensors[position], graph.tensors[each.tensor]), each.data
        if right != wrong:
            node, index = graph.nodes[each.node], _first_difference(right, wrong)
            origin = node.origin
            return Mismatch("host", origin.index, node.operator, origin.name, sample, index, right[index], wrong[index])
    return None


def _left(values: bytes, whole: Tensor, compiled: Tensor) -> bytes:
    """What the oracle says of the channels that the compiled tensor has."""
    if compiled.origin.channels is None:
        return values
    elements = np.frombuffer(values, whole.dtype.numpy).reshape(-1, whole.shape[-1])
    return elements[:, compiled.origin.channels].tobytes()


def _first_difference(left: bytes, right: bytes) -> int:
    return next(i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a != b)


def _disagreements(oracle: Oracle, result: _Result, notes: list[str], progress: Progress) -> tuple[Disagreement, ...]:
    """Compare the other installed oracles with `oracle`'s outputs; one that refuses the model becomes a note."""
    case, expected = result.case, result.expected
    found: list[Disagreement] = []
    for other in oracles.available():
        if other.name == oracle.name:
            continue
        progress(f"{other.title}: {case.what}", 0, 1)
        try:
            theirs = oracles.run(other, case.model, case.graph, case.inputs)
            differences = differing(expected, theirs)
            first = _first_parting(oracle, other, case) if differences else None
        except ToolError as error:
            notes.append(error.fact)
            continue
        found.append(Disagreement(other, sum(map(len, flat(expected))), differences, first))
    return tuple(found)


def _first_parting(oracle: Oracle, other: Oracle, case: _Case) -> int | None:
    """The first operator (index in the file) whose output differs between two oracles, on the first inputs."""
    made = [(node.origin.index, tensor) for node in case.graph.nodes for tensor in node.outputs]
    indices = [tensor for _, tensor in made]
    ours, theirs = (oracles.tensors(each, case.model, case.graph, case.inputs[0], indices) for each in (oracle, other))
    return next((node for node, tensor in made if ours[tensor] != theirs[tensor]), None)
