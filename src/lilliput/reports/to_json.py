"""Results -> JSON objects with a stable, versioned schema.

format_version 1: the first.
"""

from typing import Any

from lilliput.codegen import Part
from lilliput.operators.support import operator_of
from lilliput.pipeline import Build
from lilliput.reports.encoded_weights import encoded_weights
from lilliput.reports.ledger import ledger, node_bytes
from lilliput.toolchain import Run
from lilliput.verification import Comparison, Disagreement, Mismatch, Verification

FORMAT_VERSION = 1

Json = dict[str, Any]


def compile_report(build: Build) -> Json:
    """What `compile --json` prints."""
    footprint, compiler = build.footprint, build.image.compiler
    return {
        "format_version": FORMAT_VERSION,
        "model": build.graph.source.name,
        "model_sha256": build.graph.source.sha256,
        "name": build.source.name,
        "target": build.image.target.name,
        "toolchain": {"name": compiler.name, "version": compiler.version, "flags": list(compiler.flags)},
        "optimize": build.options.optimize,
        "flash_bytes": footprint.flash_bytes,
        "flash": {part.value: size for part, size in footprint.flash.items()},
        "ram_bytes": footprint.ram_bytes,
        "ram": {"arena": footprint.arena_bytes, "static": footprint.static_bytes, "stack": footprint.stack_bytes},
        "plan": {
            "arena_bytes": build.plan.arena_bytes,
            "lower_bound_bytes": build.plan.lower_bound_bytes,
            "optimal": build.plan.arena_bytes == build.plan.lower_bound_bytes,
        },
        "rewrites": [
            {"transform": each.transform, "nodes": each.nodes, "constant_bytes": each.constant_bytes, "macs": each.macs}
            for each in build.savings
        ],
        "encoded_weights": [
            {
                "node": row.node.origin.index,
                "encoding": row.encoding,
                "dense_bytes": row.dense_bytes,
                "bytes": row.encoded_bytes,
            }
            for row in encoded_weights(build)
        ],
        "slowdown": None
        if build.slowdown is None
        else {"factor": build.slowdown.factor, "measured": build.slowdown.measured},
        "ledger": [
            {"part": row.part.value, "name": row.name, "node": row.node, "bytes": row.size_bytes}
            for row in ledger(build)
        ],
        "nodes": _nodes(build, None),
        "warnings": list(build.graph.source.warnings),
    }


def verify_report(verification: Verification) -> Json:
    """What `verify --json` prints: the build, and how it compared."""
    build, run = verification.build, verification.run
    oracle = verification.oracle
    return {
        **compile_report(build),
        "instructions": None if run is None else run.instructions,
        "measured_stack_bytes": None if run is None else run.stack_bytes,
        "oracle": {"name": oracle.name, "version": oracle.version, "contract": oracle.contract},
        "inputs": verification.inputs,
        "mismatched_bytes": verification.mismatched_bytes,
        "first_mismatch": _mismatch(verification.first_mismatch),
        "comparisons": [_comparison(comparison) for comparison in verification.comparisons],
        "oracle_disagreements": [_disagreement(each) for each in verification.disagreements],
        "nodes": _nodes(build, run),
        "notes": list(verification.notes),
    }


def _nodes(build: Build, run: Run | None) -> list[Json]:
    weights = node_bytes(build, Part.WEIGHTS)
    return [
        {
            "index": node.origin.index,
            "operator": node.operator.upper(),
            "name": node.origin.name,
            "weight_bytes": weights.get(index, 0),
            "macs": operator_of(node).macs(build.graph, node),
            "instructions": None if run is None else run.node_instructions.get(index, 0),
        }
        for index, node in enumerate(build.graph.nodes)
    ]


def _mismatch(mismatch: Mismatch | None) -> Json | None:
    if mismatch is None:
        return None
    return {
        "node": mismatch.node,
        "operator": mismatch.operator.upper(),
        "name": mismatch.name,
        "index": mismatch.index,
        "input": mismatch.input_set,
        "where": mismatch.where,
        "expected_byte": mismatch.expected,
        "actual_byte": mismatch.actual,
    }


def _comparison(comparison: Comparison) -> Json:
    return {
        "what": comparison.what,
        "where": comparison.where,
        "compared_bytes": comparison.compared_bytes,
        "mismatched_bytes": comparison.mismatched_bytes,
    }


def _disagreement(disagreement: Disagreement) -> Json:
    oracle = disagreement.oracle
    return {
        "oracle": {"name": oracle.name, "version": oracle.version, "contract": oracle.contract},
        "compared_bytes": disagreement.compared_bytes,
        "differing_bytes": disagreement.differing_bytes,
        "first_node": disagreement.first_node,
    }
