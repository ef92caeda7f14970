"""Shrunk -> JSON. Version 1."""

from typing import Any

from lilliput.shrink.shrunk import Check, ModelSize, Proof, Shrunk

FORMAT_VERSION = 1


def shrink_report(shrunk: Shrunk) -> dict[str, Any]:
    """What `shrink --json` prints."""
    return {
        "format_version": FORMAT_VERSION,
        "model": shrunk.model,
        "model_sha256": shrunk.sha256,
        "before": _size(shrunk.before),
        "after": _size(shrunk.after),
        "kept_original": shrunk.proof is None,
        "rewrites": [
            {
                "transform": each.transform,
                "channels": each.channels,
                "nodes": each.nodes,
                "constant_bytes": each.constant_bytes,
                "macs": each.macs,
            }
            for each in shrunk.savings
        ],
        "proof": None if shrunk.proof is None else _proof(shrunk.proof),
        "notes": list(shrunk.notes),
    }


def _size(size: ModelSize) -> dict[str, int]:
    return {
        "file_bytes": size.file_bytes,
        "constant_bytes": size.constant_bytes,
        "tflm_arena_bytes": size.arena_bytes,
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "inputs": proof.inputs,
        "comparisons": [_check(check) for check in proof.checks],
        "refusals": list(proof.refusals),
    }


def _check(check: Check) -> dict[str, Any]:
    oracle = check.oracle
    return {
        "oracle": {"name": oracle.name, "version": oracle.version, "contract": oracle.contract},
        "what": check.what,
        "compared_bytes": check.compared_bytes,
        "mismatched_bytes": check.differing_bytes,
        "refusal": check.refusal or None,
        "binds": check.binds,
    }
