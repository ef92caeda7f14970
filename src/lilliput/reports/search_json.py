"""Frontier -> JSON. Version 1."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lilliput.search import Candidate, Frontier

FORMAT_VERSION = 1


def search_report(frontier: Frontier) -> dict[str, Any]:
    """What `shrink --data --json` prints."""
    options, parts = frontier.options, frontier.parts
    return {
        "format_version": FORMAT_VERSION,
        "model": frontier.model,
        "metric": frontier.metric.name,
        "samples": {
            name: {"source": samples.source, "count": len(samples)}
            for name, samples in (
                ("calibration", parts.calibration),
                ("tuning", parts.tuning),
                ("report", parts.report),
            )
        },
        "limits": {"loss": options.most_loss, "flash_bytes": options.flash_bytes, "ram_bytes": options.ram_bytes},
        "target": options.build.target,
        "toolchain": options.build.toolchain,
        "seed": options.seed,
        "interrupted": frontier.interrupted,
        "float_value": None if frontier.reference is None else frontier.reference.value,
        "original": _candidate(frontier, frontier.original),
        "candidates": [_candidate(frontier, each) for each in frontier.measured],
        "chosen": None if frontier.chosen is None else frontier.chosen.trial,
        "layers": [scan.to_json() for scan in frontier.scans],
        "trials": [
            {"trial": each.number, "layers": _layers(each.chosen), **asdict(each.result)} for each in frontier.tried
        ],
        "warnings": list(frontier.warnings),
    }


def _candidate(frontier: Frontier, candidate: Candidate) -> dict[str, Any]:
    oracle = candidate.oracle
    return {
        "trial": candidate.trial,
        "what": candidate.what,
        "layers": _layers(candidate.chosen),
        "value": candidate.value,
        "loss": candidate.loss,
        "tuning_loss": candidate.tuning_loss,
        "flash_bytes": candidate.flash_bytes,
        "ram_bytes": candidate.ram_bytes,
        "instructions": candidate.instructions,
        "on_frontier": candidate in frontier.candidates,
        "oracle": None
        if oracle is None
        else {"name": oracle.name, "version": oracle.version, "contract": oracle.contract},
    }


def _layers(chosen: Mapping[int, str]) -> dict[str, str]:
    return {str(layer): name for layer, name in sorted(chosen.items())}
