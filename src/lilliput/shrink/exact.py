"""A model file -> Shrunk, exactly: the rewrites of `transforms` written back to a .tflite file that has nothing else.

Not in the new file: metadata (an offline memory plan fits other tensors), descriptions, names of inner tensors, and the
sizes of inputs that were left open: shapes are those in the file.
"""

from dataclasses import replace

from lilliput import tflite, transforms
from lilliput.errors import ModelError, UnsupportedError, VerificationError
from lilliput.ir import Graph, Node
from lilliput.operators import support
from lilliput.progress import Progress, silent
from lilliput.shrink.proof import Model, prove
from lilliput.shrink.shrunk import Check, ModelSize, Proof, ShrinkOptions, Shrunk
from lilliput.tflite.signatures import read_signatures
from lilliput.tflm.arena import simulate
from lilliput.tflm.kernels import REFERENCE
from lilliput.tflm.model_file import ModelFile, read_model_file
from lilliput.tflm.unknown_kernels import with_unknown

_ADVICE = "SUPPORTED_OPERATORS.md lists what can be compiled; the same can be shrunk"


def shrink_exactly(data: bytes, name: str, options: ShrinkOptions, *, progress: Progress = silent) -> Shrunk:
    """Shrink a flatbuffer; interpreters compute the same bytes with the result for every input.

    Raises what `tflite.read_bytes` raises, UnsupportedError for a model that cannot be compiled or has several
    subgraphs, and VerificationError when an interpreter does not compute the same bytes after all.
    """
    progress(f"shrinking {name}", 0, 1)
    original = Model(data, tflite.read_bytes(data, name))
    file = read_model_file(data, name)
    _refuse_unsupported(original.graph, file)
    rewriting = transforms.rewrite(original.graph, _chosen(options))
    smaller = tflite.write(_for_interpreters(rewriting.graph, options), read_signatures(data, original.graph))
    before = _size(original.graph, file)
    source, notes = original.graph.source, original.graph.source.warnings
    shrunk = _read(smaller, name)
    if len(smaller) >= len(data) or shrunk is None:
        return Shrunk(name, source.sha256, data, before, before, (), None, notes)
    after = _size(shrunk.graph, read_model_file(smaller, name))
    proof = prove(original, shrunk, options, progress)
    _require_same(proof, name)
    if file.offline_plan is not None:
        notes += ("the offline memory plan is left out; `lilliput tflm` makes one for the new file",)
    return Shrunk(name, source.sha256, smaller, before, after, rewriting.savings, proof, notes)


def _read(data: bytes, name: str) -> Model | None:
    """None when so much is written once that the reader, which bounds repetition, takes the file for a hostile one."""
    try:
        return Model(data, tflite.read_bytes(data, name))
    except ModelError:
        return None


def _refuse_unsupported(graph: Graph, file: ModelFile) -> None:
    """The rule is that of `compile`."""
    if len(file.subgraphs) > 1:
        raise UnsupportedError([f"{len(file.subgraphs)} subgraphs; one can be shrunk"], graph.source.name, _ADVICE)
    support.check(transforms.apply(graph))


def _chosen(options: ShrinkOptions) -> list[transforms.Transform]:
    contracts = {"both", options.contract}
    return [transform for transform in transforms.ALL if transform.expressible and transform.contract in contracts]


def _for_interpreters(graph: Graph, options: ShrinkOptions) -> Graph:
    """The graph with the options that interpreters need, and without names that nobody calls."""
    ends = {*graph.inputs, *graph.outputs}
    tensors = [
        tensor if options.keep_names or index in ends else replace(tensor, name="")
        for index, tensor in enumerate(graph.tensors)
    ]
    return replace(graph, tensors=tuple(tensors), nodes=tuple(_for_interpreter(graph, node) for node in graph.nodes))


def _for_interpreter(graph: Graph, node: Node) -> Node:
    operator = support.find(node)
    if operator is None or not support.is_sound(operator, graph, node):
        return node
    return replace(node, options=operator.written_options(graph, node))


def _size(graph: Graph, file: ModelFile) -> ModelSize:
    kernels, _ = with_unknown(REFERENCE, file)
    arena_bytes = simulate(file, kernels).smallest_working_bytes
    return ModelSize(file.size_bytes, graph.source.constant_bytes, arena_bytes)


def _require_same(proof: Proof, name: str) -> None:
    for check in proof.checks:
        if check.binds and check.failed:
            raise VerificationError(
                f"the shrunk model is not the same in {check.oracle.title}: {_difference(check)}",
                name,
                "Nothing was written; where TFLM's bytes are all that counts, try --contract tflm.",
            )


def _difference(check: Check) -> str:
    if check.refusal:
        return check.refusal
    return f"{check.differing_bytes:,} of {check.compared_bytes:,} bytes differ, {check.what}"
