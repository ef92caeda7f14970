"""Debug builds: every tensor that the compiled code computes, node by node, on the host."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.options import Options
from lilliput.output import write_files
from lilliput.pipeline import generate
from lilliput.planning import Plan
from lilliput.toolchain import run_host
from lilliput.toolchain.host import TraceRecord


@dataclass(frozen=True, slots=True)
class TracedTensor:
    """The bytes of tensor `tensor` right after node `node` (indices into the prepared graph) has run."""

    node: int
    tensor: int
    data: bytes


def trace(graph: Graph, options: Options, inputs: Sequence[bytes]) -> tuple[TracedTensor, ...]:
    """Run a debug build of a prepared graph on one set of inputs; results in the order of execution."""
    (traced,) = trace_all(graph, options, [inputs])
    return traced


def trace_all(
    graph: Graph, options: Options, inputs: Sequence[Sequence[bytes]]
) -> tuple[tuple[TracedTensor, ...], ...]:
    """The same for several sets of inputs."""
    options = replace(options, target="host")
    plan, source = generate(graph, options, trace=True)
    run = run_host(
        source,
        inputs,
        [tensor.size_bytes for tensor in graph.select(graph.outputs)],
        toolchain=options.toolchain,
        optimize=options.compiled_for,
        trace=True,
    )
    return tuple(_joined(graph, plan, each, records) for each, records in zip(inputs, run.traces, strict=True))


def _joined(
    graph: Graph, plan: Plan, inputs: Sequence[bytes], records: Sequence[TraceRecord]
) -> tuple[TracedTensor, ...]:
    """Whole tensors from what was reported row by row and pixel by pixel."""
    joined: dict[tuple[int, int], bytes] = {}
    for node, output, data in records:
        joined[node, output] = joined.get((node, output), b"") + data
    known = _with_views(graph, plan, dict(zip(graph.inputs, inputs, strict=True)), joined)
    outputs = ((node, graph.nodes[node].outputs[output]) for node, output in joined)
    return tuple(TracedTensor(node, index, known[index]) for node, index in outputs)


def _with_views(
    graph: Graph, plan: Plan, inputs: Mapping[int, bytes], traced: Mapping[tuple[int, int], bytes]
) -> Mapping[int, bytes]:
    """Every tensor's bytes. What a view shows is as it was when it was made: what nobody reads later may be lost."""
    known = dict(inputs)
    for number in plan.order:
        node = graph.nodes[number]
        views = support.operator_of(node).views(graph, node)
        for position, index in enumerate(node.outputs):
            data = bytearray(traced.get((number, position), bytes(graph.tensors[index].size_bytes)))
            for view in plan.shared(node, [view for view in views if view.output == position]):
                seen = known.get(node.inputs[view.input])
                if seen is not None:
                    start, end = max(0, -view.offset_bytes), min(len(data), len(seen) - view.offset_bytes)
                    data[start:end] = seen[start + view.offset_bytes : end + view.offset_bytes]
            known[index] = bytes(data)
    return known


def dump_tensors(path: Path, graph: Graph, options: Options, inputs: Sequence[bytes]) -> None:
    """Write every traced tensor to a .npz file, named by operator index and tensor name (UsageError)."""
    arrays = {}
    for each in trace(graph, options, inputs):
        tensor = graph.tensors[each.tensor]
        values = np.frombuffer(each.data, tensor.dtype.numpy)
        arrays[_key(graph, each)] = values.reshape(tensor.shape)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_files(path.parent, {path.name: buffer.getvalue()})


def _key(graph: Graph, traced: TracedTensor) -> str:
    """A name for the file: "003 conv/Relu" is "003 conv_Relu"; the second output of operator 3 begins with "003.1"."""
    node = graph.nodes[traced.node]
    position = node.outputs.index(traced.tensor)
    safe = "".join(c if c.isprintable() and c not in "/\\" else "_" for c in graph.tensors[traced.tensor].name[:80])
    return f"{node.origin.index:03d}{f'.{position}' if position else ''} {safe}"
