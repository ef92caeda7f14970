"""Write the table at the end of docs/exact-rewrites.md: what the exact rewrites save of every shared model.

Usage: python -m tools.write_exact_rewrites
"""

import os
from pathlib import Path

from lilliput import tflite, transforms
from lilliput.errors import LilliputError
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.transforms.drop_channels import constant_channels
from lilliput.transforms.transform import size

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs" / "exact-rewrites.md"
MODELS = Path(os.environ.get("LILLIPUT_SHARED", PROJECT.parent / "shared")) / "models"
HEADINGS = ("model", "nodes", "constants in bytes", "MACs", "channels", "constant channels left", "what applied")


def row(path: Path) -> tuple[str, ...] | None:
    """A model's row of the table; None where it cannot be compiled."""
    graph = tflite.read(path)
    rewriting = transforms.rewrite(graph)
    try:
        support.check(rewriting.graph)
    except LilliputError:
        return None
    before, after = size(graph), size(rewriting.graph)
    applied = [each.transform for each in rewriting.savings if each.nodes or each.constant_bytes or each.macs]
    left = sum(int(mask.sum()) for mask in constant_channels(rewriting.graph).values())
    return (
        path.stem,
        change(before.nodes, after.nodes),
        change(before.constant_bytes, after.constant_bytes),
        change(before.macs, after.macs),
        change(*channels(graph, rewriting.graph)),
        str(left),
        ", ".join(applied),
    )


def channels(before: Graph, after: Graph) -> tuple[int, int]:
    """How many channels the tensors have that are left after the rewrites, before and after them."""
    shapes = {tensor.origin.index: tensor.shape for tensor in before.tensors}
    left = [tensor for tensor in after.tensors if not tensor.is_constant and tensor.shape]
    return sum(shapes[tensor.origin.index][-1] for tensor in left), sum(tensor.shape[-1] for tensor in left)


def change(before: int, after: int) -> str:
    """Two numbers, or one where they are the same."""
    return f"{before:,}" if before == after else f"{before:,} → {after:,}"


def main() -> None:
    """Replace the page's table, which is its end."""
    text = PAGE.read_text(encoding="utf-8")
    rows = [found for path in sorted(MODELS.glob("*.tflite")) if (found := row(path)) is not None]
    table = [HEADINGS, ("---", *["---:"] * 5, "---"), *rows]
    start = text[: text.index(f"| {HEADINGS[0]} |")]
    PAGE.write_text(start + "".join(f"| {' | '.join(cells)} |\n" for cells in table), encoding="utf-8")


if __name__ == "__main__":
    main()
