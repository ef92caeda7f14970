"""Two model files -> Proof: whether interpreters that this project did not write compute the same bytes with both.

Compared are the outputs and, where a SOFTMAX or LOGISTIC makes them, what goes into it: its saturated bytes could hide
a difference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lilliput import oracles, tflite
from lilliput.errors import ToolError
from lilliput.ir import Graph
from lilliput.oracles import Oracle, Outputs, differing, flat
from lilliput.progress import Progress, silent
from lilliput.saturation import before_saturation
from lilliput.shrink.shrunk import Check, Proof, ShrinkOptions

_CONTRACT = "tflm"


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model file and the graph that was read from it."""

    data: bytes
    graph: Graph


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """The original and the shrunk model, or the same part of both."""

    what: str
    original: Model
    shrunk: Model
    samples: Outputs


def prove(original: Model, shrunk: Model, options: ShrinkOptions, progress: Progress = silent) -> Proof:
    """Run both models on the same random inputs in every interpreter that is installed.

    What differs is in the proof, not raised. Raises UsageError for inputs that no random values are made for.
    """
    samples = oracles.random_inputs(original.graph, options.inputs, options.seed)
    pairs = [_Pair("outputs", original, shrunk, samples), *_before_saturation(original, shrunk, samples)]
    checks: list[Check] = []
    refusals: list[str] = []
    for oracle in oracles.available():
        binds = options.contract == "both" or oracle.name == _CONTRACT or not checks
        progress(f"comparing in {oracle.title}", 0, 1)
        try:
            checks += [_check(oracle, pair, binds=binds) for pair in pairs]
        except ToolError as error:
            refusals.append(_first_line(error))
    return Proof(options.inputs, tuple(checks), tuple(refusals))


def _before_saturation(original: Model, shrunk: Model, samples: Outputs) -> Iterator[_Pair]:
    left, right = before_saturation(original.graph), before_saturation(shrunk.graph)
    if left is None or right is None or _sizes(left) != _sizes(right):
        return
    kept = _positions(original.graph, left)
    if kept == _positions(shrunk.graph, right):
        one, other = (Model(tflite.write(part), part) for part in (left, right))
        chosen = [[sample[position] for position in kept] for sample in samples]
        yield _Pair("before the final softmax or logistic", one, other, chosen)


def _sizes(graph: Graph) -> list[int]:
    return [tensor.size_bytes for tensor in graph.select(graph.outputs)]


def _positions(whole: Graph, part: Graph) -> Sequence[int]:
    """Which inputs of the whole a part of it still has."""
    left = {tensor.origin.index for tensor in part.select(part.inputs)}
    return [position for position, index in enumerate(whole.inputs) if whole.tensors[index].origin.index in left]


def _check(oracle: Oracle, pair: _Pair, *, binds: bool) -> Check:
    """Raises ToolError when the interpreter does not take the original."""
    expected = oracles.run(oracle, pair.original.data, pair.original.graph, pair.samples)
    compared_bytes = sum(map(len, flat(expected)))
    try:
        actual = oracles.run(oracle, pair.shrunk.data, pair.shrunk.graph, pair.samples)
    except ToolError as error:
        return Check(oracle, pair.what, compared_bytes, 0, _first_line(error), binds)
    return Check(oracle, pair.what, compared_bytes, differing(expected, actual), "", binds)


def _first_line(error: ToolError) -> str:
    return error.fact.partition("\n")[0]
