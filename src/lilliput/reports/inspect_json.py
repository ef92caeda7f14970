"""Inspection -> a JSON object with a stable, versioned schema.

format_version 1: the first.
"""

from typing import Any

from lilliput.inspection import Inspection, Memory, NodeCost, operator_title
from lilliput.ir import Graph, Quantization, Tensor
from lilliput.reports.plan_json import plan_report
from lilliput.reports.plan_picture import inspected_plan

FORMAT_VERSION = 1

Json = dict[str, Any]


def inspect_report(inspection: Inspection) -> Json:
    """What `inspect --json` prints; `plan` is there where a plan was asked for.

    Nodes and tensors are numbered as in the file's first subgraph.
    """
    graph, source = inspection.graph, inspection.graph.source
    report = {
        "format_version": FORMAT_VERSION,
        "model": source.name,
        "model_sha256": source.sha256,
        "file_bytes": source.file_bytes,
        "constant_bytes": source.constant_bytes,
        "metadata_bytes": inspection.metadata_bytes,
        "inputs": [_tensor(tensor) for tensor in graph.select(graph.inputs)],
        "outputs": [_tensor(tensor) for tensor in graph.select(graph.outputs)],
        "nodes": [_node(graph, cost) for cost in inspection.nodes],
        "totals": _totals(inspection),
        "memory": None if inspection.memory is None else _memory(inspection.memory),
        "supported": not inspection.problems,
        "problems": list(inspection.problems),
        "warnings": list(source.warnings),
    }
    picture = inspected_plan(inspection)
    return report if picture is None else report | {"plan": plan_report(picture)}


def _node(graph: Graph, cost: NodeCost) -> Json:
    node = cost.node
    return {
        "index": node.origin.index,
        "operator": operator_title(node),
        "version": node.version,
        "name": node.origin.name,
        "inputs": [None if tensor is None else _tensor(tensor) for tensor in graph.input_tensors(node)],
        "outputs": [_tensor(tensor) for tensor in graph.select(node.outputs)],
        "macs": cost.macs,
        "weight_bytes": cost.weight_bytes,
        "activation_bytes": cost.activation_bytes,
        "removed": cost.removed,
        "supported": not cost.problems,
        "problems": list(cost.problems),
    }


def _tensor(tensor: Tensor) -> Json:
    return {
        "index": tensor.origin.index,
        "name": tensor.name,
        "type": tensor.dtype.value,
        "shape": list(tensor.shape),
        "bytes": tensor.size_bytes,
        "constant": tensor.is_constant,
        "quantization": None if tensor.quantization is None else _quantization(tensor.quantization),
    }


def _quantization(quantization: Quantization) -> Json:
    """`axis` is null for one scale and zero point for the whole tensor."""
    return {
        "axis": None if quantization.per_tensor else quantization.axis,
        "scales": list(quantization.scales),
        "zero_points": list(quantization.zero_points),
    }


def _totals(inspection: Inspection) -> Json:
    """`unknown_macs` are the nodes whose operations `macs` leaves out."""
    return {
        "nodes": len(inspection.nodes),
        "macs": inspection.macs,
        "unknown_macs": [cost.node.origin.index for cost in inspection.nodes if cost.macs is None],
        "weight_bytes": sum(cost.weight_bytes for cost in inspection.nodes),
        "unused_constant_bytes": inspection.unused_constant_bytes,
        "activation_bytes": sum(cost.activation_bytes for cost in inspection.nodes),
    }


def _memory(memory: Memory) -> Json:
    """`steps` are the bytes in memory while `step_nodes` run; a buffer lives for steps [first_step, end_step)."""
    graph, plan = memory.graph, memory.plan
    position = {node: at for at, node in enumerate(plan.order)}
    positions = [*(position[step.node] for step in plan.steps), len(plan.order)]
    return {
        "steps": list(memory.live_bytes),
        "step_nodes": [memory.node(step).origin.index for step in range(len(memory.live_bytes))],
        "peak_step": memory.peak_step,
        "peak_bytes": memory.peak_bytes,
        "arena_bytes": plan.arena_bytes,
        "lower_bound_bytes": plan.lower_bound_bytes,
        "contributors": [
            {**_tensor(graph.tensors[index]), "bytes_alive": alive} for index, alive in memory.contributors.items()
        ],
        "buffers": [
            {
                "tensors": [graph.tensors[index].name for index in buffer.tensors],
                "offset_bytes": buffer.offset_bytes,
                "size_bytes": buffer.size_bytes,
                "first_step": positions[buffer.first_step],
                "end_step": positions[buffer.end_step - 1] + 1,
            }
            for buffer in plan.buffers
        ],
    }
