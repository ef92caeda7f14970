"""TflmPackage -> JSON. Version 1."""

from typing import Any

from lilliput.tflm.report import ArenaReport, CompressionReport, ModelReport, TflmPackage

FORMAT_VERSION = 1


def tflm_report(package: TflmPackage) -> dict[str, Any]:
    """The report of all models; with one model its entries also stand at the top."""
    models = [_model(report) for report in package.models]
    return {
        "format_version": FORMAT_VERSION,
        "operators": [
            {"operator": each.operator.upper(), "method": f"Add{each.method}", "registration": each.registration}
            for each in package.registrations
        ],
        "missing_operators": list(package.missing),
        "files": sorted(package.files),
        "models": models,
        "shared_arena": [
            {
                "kernels": kernels,
                "one_after_the_other_bytes": package.one_after_the_other_bytes(kernels),
                "together_bytes": arena.smallest_working_bytes,
            }
            for kernels, arena in package.together.items()
        ],
        **({key: models[0][key] for key in ("arena", "flash_prediction", "offline_plan")} if len(models) == 1 else {}),
    }


def _model(report: ModelReport) -> dict[str, Any]:
    return {
        "name": report.model.name,
        "arena": [_arena(each) for each in report.arenas],
        "flash_prediction": [
            {
                "configuration": each.configuration,
                "description": each.description,
                "flash_bytes": each.flash_bytes,
                "parts": dict(each.parts),
                "operators": dict(each.operators),
                "unmeasured_operators": list(each.unmeasured),
            }
            for each in report.flash
        ],
        "offline_plan": {
            "written": report.plan.offsets is not None,
            "activation_bytes_before": report.plan.activation_bytes_before,
            "activation_bytes_after": report.plan.activation_bytes_after,
            "lower_bound_bytes": report.plan.lower_bound_bytes,
            "reason": report.plan.reason,
        },
        **({} if report.compression is None else {"compression": _compression(report.compression)}),
    }


def _compression(report: CompressionReport) -> dict[str, Any]:
    found = report.found
    return {
        "written": found.data is not None,
        "reason": found.reason,
        "file_bytes_before": found.size_bytes_before,
        "file_bytes_rewritten": found.rewritten_bytes,
        "file_bytes_after": found.size_bytes_after,
        "kernels": report.kernels,
        "arena_bytes_before": report.arena_bytes_before,
        "arena_bytes_after": report.arena_bytes_after,
        "weights": [
            {
                "tensor": each.tensor,
                "name": each.name,
                "read_by": [operator.upper() for operator in each.operators],
                "dense_bytes": each.dense_bytes,
                "encoded_bytes": {form.name.lower(): size for form, size in each.sizes.items()},
                "format": None if each.chosen is None else each.chosen.name.lower(),
                "saved_bytes": each.saved_bytes,
            }
            for each in found.weights
        ],
    }


def _arena(report: ArenaReport) -> dict[str, Any]:
    parts: dict[str, int] = {"activations": report.arena.activation_bytes}
    for part in report.arena.parts:
        parts[part.purpose] = parts.get(part.purpose, 0) + part.size_bytes
    return {
        "kernels": report.kernels,
        "exact": not report.unknown,
        "unknown_operators": list(report.unknown),
        "used_bytes": report.arena.used_bytes,
        "smallest_working_bytes": report.arena.smallest_working_bytes,
        "decided_by": report.arena.decided_by,
        "parts": parts,
    }
