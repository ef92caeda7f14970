"""Quantized -> JSON. Version 1."""

from typing import Any

from lilliput.quantize import LayerNoise, Quantized

FORMAT_VERSION = 1


def quantize_report(quantized: Quantized) -> dict[str, Any]:
    """What `shrink --calibration --json` prints."""
    report, source = quantized.report, quantized.graph.source
    return {
        "format_version": FORMAT_VERSION,
        "model": source.name,
        "calibration_samples": report.samples,
        "constant_bytes": source.constant_bytes,
        "layers": None if report.layers is None else [_layer(each) for each in report.layers],
        "worst_operators": [each.origin for each in report.worst],
        "notes": list(report.notes),
        "not_compiled": list(report.not_compiled),
    }


def _layer(layer: LayerNoise) -> dict[str, Any]:
    return {
        "operator": layer.origin,
        "name": layer.operator,
        "tensor": layer.name,
        "activations": layer.activations,
        "signal_to_noise_decibels": layer.signal_to_noise,
    }
