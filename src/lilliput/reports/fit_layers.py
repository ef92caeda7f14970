"""Sketch -> text for people and JSON."""

from typing import Any

from rich.console import Console

from lilliput.fit.sketch import Shape, Sketch
from lilliput.reports.columns import Column
from lilliput.reports.fit_terminal import print_table

FORMAT_VERSION = 1


def print_sketch(sketch: Sketch, console: Console) -> None:
    """Print a line for each layer, and the sums."""
    layers = sketch.layers
    columns = [
        Column("layer", [layer.kind for layer in layers], total="total"),
        Column("output", [_shape(layer.shape) for layer in layers]),
        Column("weights", [f"{layer.weight_bytes:,}" for layer in layers], "right", f"{sketch.weight_bytes:,}"),
        Column("MACs", [f"{layer.macs:,}" for layer in layers], "right", f"{sketch.macs:,}"),
        Column("activations", [f"{layer.activation_bytes:,}" for layer in layers], "right"),
    ]
    print_table(columns, console)
    console.print(
        f"\n{sketch.name}: {sketch.weight_bytes:,} bytes of weights and biases, {sketch.macs:,} MACs, at the peak "
        f"{sketch.peak_bytes:,} bytes of activations, with int8 and whole layers. Code and interpreter come on top.",
        markup=False,
        soft_wrap=True,
    )


def sketch_report(sketch: Sketch) -> dict[str, Any]:
    """The same as JSON. Version 1."""
    return {
        "format_version": FORMAT_VERSION,
        "name": sketch.name,
        "weight_bytes": sketch.weight_bytes,
        "macs": sketch.macs,
        "peak_activation_bytes": sketch.peak_bytes,
        "layers": [
            {
                "layer": layer.kind,
                "shape": list(layer.shape),
                "weight_bytes": layer.weight_bytes,
                "macs": layer.macs,
                "activation_bytes": layer.activation_bytes,
            }
            for layer in sketch.layers
        ],
    }


def _shape(shape: Shape) -> str:
    return "x".join(map(str, shape))
