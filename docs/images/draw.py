"""Draws the pictures of docs/memory-planning.md: `python docs/images/draw.py` writes the .svg files beside it.

A small network of 8 columns (3x3 convolution, 3x3 depthwise convolution, 1x1 convolution, mean; 4, 8, 8 and 4 channels)
is run step by step as whole layers, in interleaved rows, and in interleaved rows with the input pushed. Each value
lives from the step that writes it to the last step that reads it. Whatever is alive gets the lowest address where it
meets nothing else that is alive.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROWS = 12
COUNTERS_BYTES = 10
FOLDER = Path(__file__).parent
COLOURS = ("#3d7cc9", "#f0a63a", "#43a56f", "#a873c4", "#8c8c94")
STYLE = """text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #333 }
.title { font-size: 15px; font-weight: 600; fill: #111 }
.small { font-size: 11.5px; fill: #666 }
.row { fill: #fff; font-weight: 600; text-anchor: middle }
.middle { text-anchor: middle }
.right { text-anchor: end }
.peak { fill: #c8102e; font-weight: 600 }"""


@dataclass(frozen=True)
class Layer:
    """A layer with rows of `row_bytes`; row r reads the rows [r - around, r + around] of the layer before it."""

    name: str
    row_bytes: int
    around: int


LAYERS = (
    Layer("input", 32, 0),
    Layer("conv 3x3", 64, 1),
    Layer("depthwise 3x3", 64, 1),
    Layer("conv 1x1", 32, 0),
)
SUMS = Layer("mean", 16, 0)


@dataclass
class Buffer:
    """Rows of a layer, each with the steps [first, end) in which it lives; row r has slot r % slots."""

    layer: int
    slots: int
    row_bytes: int
    lives: list[tuple[int, int, int]] = field(default_factory=list)
    offset: int = 0

    def rectangles(self) -> Iterable[tuple[int, int, int, int, int]]:
        """(row, lowest byte, end byte, first step, end step)."""
        for row, first, end in self.lives:
            low = self.offset + row % self.slots * self.row_bytes
            yield row, low, low + self.row_bytes, first, end


@dataclass(frozen=True)
class Panel:
    """A way to run the network: the steps in their order and what lies in memory."""

    title: str
    steps: Sequence[tuple[int, int]]
    buffers: Sequence[Buffer]

    @property
    def arena_bytes(self) -> int:
        """The highest address that is ever used."""
        return max(end for buffer in self.buffers for _, _, end, _, _ in buffer.rectangles())


def interleaved(pushed: bool) -> list[tuple[int, int]]:
    """The (layer, row) of each step: always the last layer that is ready. Layer 4 is the mean's sums."""
    done = [0 if pushed else ROWS, 0, 0, 0, 0]
    steps: list[tuple[int, int]] = []
    while True:
        for layer in reversed(range(0 if pushed else 1, 5)):
            row = done[layer]
            around = LAYERS[layer].around if layer < 4 else 0
            if row < ROWS and (layer == 0 or done[layer - 1] > min(ROWS - 1, row + around)):
                steps.append((layer, row))
                done[layer] += 1
                break
        else:
            return steps


def row_buffers(steps: Sequence[tuple[int, int]], pushed: bool) -> list[Buffer]:
    """A ring for each layer, as long as it must be; the sums; the counters of rows done."""
    at = {step: index for index, step in enumerate(steps)}
    buffers: list[Buffer] = []
    for layer, each in enumerate(LAYERS):
        around = LAYERS[layer + 1].around if layer < 3 else 0
        lives = [(row, at.get((layer, row), 0), at[layer + 1, min(ROWS - 1, row + around)] + 1) for row in range(ROWS)]
        slots = ROWS if layer == 0 and not pushed else ring_slots(lives)
        buffers.append(Buffer(layer, slots, each.row_bytes, lives))
    buffers.append(Buffer(4, 1, SUMS.row_bytes, [(0, at[4, 0], len(steps))]))
    buffers.append(Buffer(4, 1, COUNTERS_BYTES, [(0, 0, len(steps))]))
    return buffers


def ring_slots(lives: Sequence[tuple[int, int, int]]) -> int:
    """The fewest slots with which no row is overwritten that is still read."""
    return next(
        slots
        for slots in range(1, len(lives) + 1)
        if all(lives[row][2] <= lives[row + slots][1] for row in range(len(lives) - slots))
    )


def whole_layers() -> Panel:
    """Each layer's rows one after the other; a layer's output lives as a whole from its first step on."""
    steps = [(layer, row) for layer in range(1, 5) for row in range(ROWS)]
    ends = [(layer + 1) * ROWS if layer else ROWS for layer in range(4)]
    buffers = [
        Buffer(layer, 1, ROWS * each.row_bytes, [(0, max(0, layer - 1) * ROWS, ends[layer])])
        for layer, each in enumerate(LAYERS)
    ]
    buffers.append(Buffer(4, 1, SUMS.row_bytes, [(0, 3 * ROWS, 4 * ROWS)]))
    return Panel("Whole layers (TFLM)", steps, place(buffers))


def by_rows(pushed: bool) -> Panel:
    """Each step a row, the last layer that is ready first."""
    steps = interleaved(pushed)
    title = "Rows interleaved, input pushed" if pushed else "Rows interleaved, input in memory"
    return Panel(title, steps, place(row_buffers(steps, pushed)))


def place(buffers: list[Buffer]) -> list[Buffer]:
    """The lowest address for each, larger ones first, where no living row lies on a living row."""
    placed: list[Buffer] = []
    for buffer in sorted(buffers, key=lambda each: -each.slots * each.row_bytes):
        while any(meets(a, b) for other in placed for a in buffer.rectangles() for b in other.rectangles()):
            buffer.offset += 2
        placed.append(buffer)
    return buffers


def meets(a: tuple[int, int, int, int, int], b: tuple[int, int, int, int, int]) -> bool:
    """Whether two rows share an address and a step."""
    return a[1] < b[2] and b[1] < a[2] and a[3] < b[4] and b[3] < a[4]


def lighter(colour: str) -> str:
    """The colour of every second row."""
    return "#" + "".join(f"{(value := int(colour[at : at + 2], 16)) + (255 - value) // 3:02x}" for at in (1, 3, 5))


def text(x: float, y: float, words: str, style: str = "") -> str:
    """Words that begin at a point."""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:g}" y="{y:g}"{kind}>{words}</text>'


def box(x: float, y: float, width: float, height: float, colour: str, further: str = "") -> str:
    """A filled rectangle."""
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{colour}"{further}/>'


def svg(width: int, height: int, lines: Sequence[str]) -> str:
    """A file."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n'
        f"<style>{STYLE}</style>\n" + box(0, 0, width, height, "#fff") + "\n" + "\n".join(lines) + "\n</svg>\n"
    )


def arenas() -> str:
    """Three arenas over time on one scale."""
    panels = (whole_layers(), by_rows(pushed=False), by_rows(pushed=True))
    width, height, top, left = 300, 310, 64, 60
    scale = height / max(panel.arena_bytes for panel in panels)
    lines = [
        text(left - 48, top + height / 2, "address", f'small" transform="rotate(-90 {left - 36} {top + height / 2})')
    ]
    for number, panel in enumerate(panels):
        x0, base = left + number * (width + 36), top + height
        step = width / len(panel.steps)
        peak = base - panel.arena_bytes * scale
        lines += [text(x0, 28, panel.title, "title")]
        lines += [box(x0, top, width, height, "#f4f4f6")]
        for buffer in panel.buffers:
            for row, low, end, first, last in buffer.rectangles():
                colour = COLOURS[buffer.layer]
                shade = lighter(colour) if row % 2 else colour
                lines += [
                    box(
                        x0 + first * step, base - end * scale, (last - first) * step, (end - low) * scale, shade,
                        ' stroke="#fff" stroke-width="0.4"',
                    )
                ]  # fmt: skip
        lines += [
            f'<line x1="{x0}" x2="{x0 + width}" y1="{peak:.1f}" y2="{peak:.1f}" stroke="#c8102e" stroke-width="1.5"/>'
        ]
        lines += [text(x0, peak - 6, f"arena {panel.arena_bytes:,} bytes", "peak")]
        lines += [text(x0 + width, base + 18, "time: one row step after the other", "small right")]
    x, y = left, top + height + 44
    for colour, name in zip(COLOURS, (*(layer.name for layer in LAYERS), "sums of the mean, counters"), strict=True):
        lines += [box(x, y - 11, 14, 14, colour), box(x + 14, y - 11, 14, 14, lighter(colour)), text(x + 36, y, name)]
        x += 66 + 8 * len(name)
    return svg(left + 3 * width + 2 * 36 + 24, y + 20, lines)


def steps_in_turn() -> str:
    """Which layer runs in which step, and what the three slots of a ring hold meanwhile."""
    steps, shown = interleaved(pushed=True), 26
    names = ("push input", "conv 3x3", "depthwise 3x3", "conv 1x1", "mean: add to sums")
    left, top, cell, lane = 150, 56, 32, 30
    lines = [
        text(left, 24, "Always the last node that is ready: the number is the row that the step computes", "title")
    ]
    for layer, name in enumerate(names):
        y = top + layer * lane
        lines += [text(left - 12, y + 20, name, "right"), box(left, y + 2, shown * cell, lane - 4, "#f4f4f6")]
    for at, (layer, row) in enumerate(steps[:shown]):
        x, y = left + at * cell, top + layer * lane
        lines += [box(x + 1, y + 2, cell - 2, lane - 4, COLOURS[layer], ' rx="3"')]
        lines += [text(x + cell / 2, y + 20, str(row), "row")]
    top += 5 * lane + 50
    lines += [text(left, top - 16, "The ring between conv 3x3 and depthwise 3x3: row r lies in slot r % 3", "title")]
    ring = row_buffers(steps, pushed=True)[1]
    for slot in range(ring.slots):
        y = top + slot * lane
        lines += [text(left - 12, y + 20, f"slot {slot}", "right"), box(left, y + 2, shown * cell, lane - 4, "#f4f4f6")]
    for row, first, end in ring.lives:
        if first < shown:
            x, y = left + first * cell, top + row % ring.slots * lane
            colour = lighter(COLOURS[1]) if row // ring.slots % 2 else COLOURS[1]
            length = (min(end, shown) - first) * cell
            lines += [box(x + 1, y + 2, length - 2, lane - 4, colour, ' rx="3"')]
            lines += [text(x + length / 2, y + 20, f"row {row}", "row")]
    bottom = top + ring.slots * lane
    lines += [
        text(left + shown * cell, bottom + 20, "steps, from left to right; then it goes on like this", "small right")
    ]
    return svg(left + shown * cell + 24, bottom + 36, lines)


if __name__ == "__main__":
    (FOLDER / "arena-over-time.svg").write_text(arenas(), encoding="utf-8")
    (FOLDER / "rows-in-turn.svg").write_text(steps_in_turn(), encoding="utf-8")
