"""Write the table at the end of docs/encodings.md: what encoded weights save of every shared model, and cost.

Usage: python -m tools.write_encodings
"""

import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from lilliput import tflite
from lilliput.errors import LilliputError
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.pipeline import Build, build
from lilliput.reports.encoded_weights import encoded_weights

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs" / "encodings.md"
MODELS = Path(os.environ.get("LILLIPUT_SHARED", PROJECT.parent / "shared")) / "models"
OPTIONS = Options("cortex-m4", "gcc")
HEADINGS = ("model", "flash, dense", "flash, encoded", "instructions", "RAM", "tensors", "their bytes")


def row(path: Path) -> tuple[str, ...] | None:
    """A model's row of the table; None where it cannot be compiled."""
    graph = tflite.read(path)
    try:
        dense = built(graph, replace(OPTIONS, max_slowdown=1))
    except LilliputError:
        return None
    encoded = built(graph, OPTIONS)
    tensors = encoded_weights(encoded)
    more = encoded.footprint.ram_bytes - dense.footprint.ram_bytes
    return (
        path.stem,
        f"{dense.footprint.flash_bytes:,}",
        f"{encoded.footprint.flash_bytes:,}",
        "" if encoded.slowdown is None else f"x {encoded.slowdown.factor:.2f}",
        f"{more:+,}",
        str(len(tensors)),
        f"{sum(each.dense_bytes for each in tensors):,} → {sum(each.encoded_bytes for each in tensors):,}",
    )


def built(graph: Graph, options: Options) -> Build:
    """A build whose files nobody needs."""
    with TemporaryDirectory() as folder:
        return build(graph, options, Path(folder))


def main() -> None:
    """Replace the page's table, which is its end."""
    text = PAGE.read_text(encoding="utf-8")
    rows = [found for path in sorted(MODELS.glob("*.tflite")) if (found := row(path)) is not None]
    table = [HEADINGS, ("---", *["---:"] * 6), *rows]
    start = text[: text.index(f"| {HEADINGS[0]} |")]
    PAGE.write_text(start + "".join(f"| {' | '.join(cells)} |\n" for cells in table), encoding="utf-8")


if __name__ == "__main__":
    main()
