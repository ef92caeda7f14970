"""Proof by comparison: the compiled code and interpreters that this project did not write, on the same inputs.

The same pipeline builds the model and, since saturated classifiers hide errors in their last bytes, the model cut
before its final SOFTMAX or LOGISTIC; both run on the host and on the emulated target.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lilliput import oracles, tflite
from lilliput.errors import ToolError
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.oracles import Oracle
from lilliput.pipeline import Build, build, prepare
from lilliput.progress import Progress, silent
from lilliput.targets import find
from lilliput.toolchain import Run, emulate, run_host
from lilliput.tracing import trace

Outputs = Sequence[Sequence[bytes]]
SATURATING = ("softmax", "logistic")


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


def differing(expected: Outputs, actual: Outputs) -> int:
    """How many bytes differ between two lists of outputs of the same shape."""
    pairs = zip(_flat(expected), _flat(actual), strict=True)
    return sum(a != b for left, right in pairs for a, b in zip(left, right, strict=True))


def _flat(outputs: Outputs) -> list[bytes]:
    return [data for sample in outputs for data in sample]


def before_saturation(graph: Graph) -> Graph | None:
    """The model cut before the SOFTMAX and LOGISTIC nodes that make its outputs; None when there are none."""
    makers = {node.outputs[0]: node for node in graph.nodes}
    views = ("reshape", "squeeze", "expand_dims")

    def cut_at(tensor: int) -> int:
        maker = makers.get(tensor)
        while maker is not None and maker.operator in views:
            maker = makers.get(maker.inputs[0])
        return maker.inputs[0] if maker is not None and maker.operator in SATURATING else tensor

    cuts = tuple(dict.fromkeys(cut_at(tensor) for tensor in graph.outputs))
    if set(cuts) == set(graph.outputs) or set(cuts) & set(graph.inputs):
        return None
    return tflite.cut(graph, cuts)


@dataclass(frozen=True, slots=True)
class _Case:
    """One model to compare: the whole, or the part before saturation."""

    what: str
    model: bytes
    graph: Graph
    inputs: Outputs


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
    oracle, note = oracles.default_oracle()
    notes = [note] if note else []
    cases = [_Case("outputs", model, graph, inputs), *_cut_case(graph, inputs)]
    comparisons: list[Comparison] = []
    whole_expected: Outputs = ()
    mismatch: Mismatch | None = None
    with tempfile.TemporaryDirectory() as folder:
        whole, whole_run = None, None
        for case in cases:
            progress(f"{oracle.title}: {case.what}", 0, 1)
            expected = oracles.run(oracle, case.model, case.graph, case.inputs)
            built, run, results = _run_everywhere(
                case, options, Path(folder) / str(len(comparisons)), sanitize, progress
            )
            whole, whole_run, whole_expected = whole or built, whole_run or run, whole_expected or expected
            for where, actual in results.items():
                wrong = differing(expected, actual)
                size = sum(map(len, _flat(expected)))
                comparisons.append(Comparison(case.what, where, size, wrong))
                if wrong and mismatch is None:
                    mismatch = _first_mismatch(case, options, where, expected, actual, oracle)
        disagreements = _disagreements(oracle, cases[0], whole_expected, notes, progress)
    if whole is None:
        raise AssertionError("there is always one case")
    return Verification(
        whole, whole_run, oracle, len(inputs), tuple(comparisons), mismatch, disagreements, tuple(notes)
    )


def _cut_case(graph: Graph, inputs: Outputs) -> list[_Case]:
    part = before_saturation(graph)
    if part is None:
        return []
    kept = [tensor.origin.index for tensor in part.select(part.inputs)]
    positions = [position for position, index in enumerate(graph.inputs) if graph.tensors[index].origin.index in kept]
    chosen = [[sample[position] for position in positions] for sample in inputs]
    return [_Case("before the final softmax or logistic", tflite.write(part), part, chosen)]


def _run_everywhere(
    case: _Case, options: Options, directory: Path, sanitize: bool, progress: Progress
) -> tuple[Build, Run | None, dict[str, Outputs]]:
    """Build for the target, run on the host and, unless that is the target, in the emulator."""
    directory.mkdir()
    progress(f"compiling for {options.target}: {case.what}", 0, 1)
    built = build(case.graph, options, directory)
    progress(f"host: {case.what}", 0, 1)
    host = run_host(
        built.source,
        case.inputs,
        [tensor.size_bytes for tensor in built.graph.select(built.graph.outputs)],
        toolchain=options.toolchain,
        optimize=options.optimize,
        sanitize=sanitize,
    )
    results: dict[str, Outputs] = {"host": host.outputs}
    if find(options.target).name == "host":
        return built, None, results
    sizes = [tensor.size_bytes for tensor in built.graph.select(built.graph.outputs)]
    run = emulate(
        built.image, case.inputs, sizes, progress=lambda done, of: progress(f"{options.target}: {case.what}", done, of)
    )
    return built, run, {**results, options.target: run.outputs}


def _first_mismatch(
    case: _Case, options: Options, where: str, expected: Outputs, actual: Outputs, oracle: Oracle
) -> Mismatch:
    """Find the first wrong byte: by node in a debug build on the host, else in the outputs."""
    sample = next(i for i, (a, b) in enumerate(zip(expected, actual, strict=True)) if tuple(a) != tuple(b))
    mismatch = _wrong_node(case, options, oracle, sample) if where == "host" else None
    if mismatch is not None:
        return mismatch
    right, wrong = next((a, b) for a, b in zip(expected[sample], actual[sample], strict=True) if a != b)
    index = _first_difference(right, wrong)
    return Mismatch(where, None, "", "", sample, index, right[index], wrong[index])


def _wrong_node(case: _Case, options: Options, oracle: Oracle, sample: int) -> Mismatch | None:
    """The first node whose output differs from the oracle's, for one set of inputs on the host."""
    graph = prepare(case.graph)
    traced = trace(graph, options, case.inputs[sample])
    positions = {tensor.origin.index: position for position, tensor in enumerate(case.graph.tensors)}
    made = [positions[graph.tensors[each.tensor].origin.index] for each in traced]
    correct = oracles.tensors(oracle, case.model, case.graph, case.inputs[sample], made)
    for each, position in zip(traced, made, strict=True):
        right, wrong = correct[position], each.data
        if right != wrong:
            node, index = graph.nodes[each.node], _first_difference(right, wrong)
            origin = node.origin
            return Mismatch("host", origin.index, node.operator, origin.name, sample, index, right[index], wrong[index])
    return None


def _first_difference(left: bytes, right: bytes) -> int:
    return next(i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a != b)


def _disagreements(
    oracle: Oracle, case: _Case, expected: Outputs, notes: list[str], progress: Progress
) -> tuple[Disagreement, ...]:
    """Compare the other installed oracles with `oracle`'s outputs; one that refuses the model becomes a note."""
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
        found.append(Disagreement(other, sum(map(len, _flat(expected))), differences, first))
    return tuple(found)


def _first_parting(oracle: Oracle, other: Oracle, case: _Case) -> int | None:
    """The first operator (index in the file) whose output differs between two oracles, on the first inputs."""
    made = [(node.origin.index, tensor) for node in case.graph.nodes for tensor in node.outputs]
    indices = [tensor for _, tensor in made]
    ours, theirs = (oracles.tensors(each, case.model, case.graph, case.inputs[0], indices) for each in (oracle, other))
    return next((node for node, tensor in made if ours[tensor] != theirs[tensor]), None)
