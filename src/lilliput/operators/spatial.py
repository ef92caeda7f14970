"""What operators on images share: windows that move over rows and columns, and one call for each image."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators.operator import Border, Call, Parameter, Pointer

SAME, VALID, EXPLICIT = 0, 1, 2
"""The schema's Padding enumeration, and one more that no file can hold: options padding_top and so on say how much."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A window along one axis: `output` positions, `padding` elements before the input's first."""

    output: int
    padding: int


def axis(size: int, window: int, stride: int, dilation: int, padding: int) -> Axis:
    """Output size and leading padding of one axis (ComputePaddingHeightWidth and ComputeOutSize of TFLM)."""
    extent = (window - 1) * dilation + 1
    output = -(-size // stride) if padding == SAME else (size + stride - extent) // stride
    return Axis(output, max((output - 1) * stride + extent - size, 0) // 2)


def axes(node: Node, image: tuple[int, int], window: tuple[int, int], dilations: tuple[int, int]) -> tuple[Axis, Axis]:
    """The vertical and the horizontal axis of a node that moves a window over an image (height and width)."""
    strides = (node.option("stride_h"), node.option("stride_w"))
    if node.option("padding") != EXPLICIT:
        vertical, horizontal = zip(image, window, strides, dilations, strict=True)
        return axis(*vertical, node.option("padding")), axis(*horizontal, node.option("padding"))
    before = (node.option("padding_top"), node.option("padding_left"))
    after = (node.option("padding_bottom"), node.option("padding_right"))
    padded = (sum(sizes) for sizes in zip(before, image, after, strict=True))
    inside = (axis(*sizes, VALID) for sizes in zip(padded, window, strides, dilations, strict=True))
    vertical, horizontal = (Axis(each.output, padding) for each, padding in zip(inside, before, strict=True))
    return vertical, horizontal


def taps_on_image(around: Axis, size: int, taps: int, dilation: int, stride: int) -> NDArray[np.bool_]:
    """Which taps along an axis lie on the image, in each case that occurs: [cases, taps]."""
    starts = np.arange(around.output)[:, None] * stride - around.padding
    places = starts + np.arange(taps) * dilation
    return np.unique((places >= 0) & (places < size), axis=0)


def within_border(
    node: Node, border: Border, image: tuple[int, int], window: tuple[int, int], dilations: tuple[int, int]
) -> Node | None:
    """The node with the border's rows and columns as padding, "same" or "valid" where that says it.

    `image` is the padded one. None where a window could lie in the padding as a whole.
    """
    around = ((border.top, border.bottom), (border.left, border.right))
    inner = tuple(size - sum(sides) for size, sides in zip(image, around, strict=True))
    wanted = tuple(
        Axis(each.output, each.padding + before)
        for each, (before, _) in zip(axes(node, image, window, dilations), around, strict=True)
    )
    extents = [(taps - 1) * dilation + 1 for taps, dilation in zip(window, dilations, strict=True)]
    strides = (node.option("stride_h"), node.option("stride_w"))
    after = [
        max((each.output - 1) * stride + extent - size - each.padding, 0)
        for each, stride, extent, size in zip(wanted, strides, extents, inner, strict=True)
    ]
    before = [each.padding for each in wanted]
    if any(max(pair) >= extent for extent, *pair in zip(extents, before, after, strict=True)):
        return None
    explicit = {
        "padding_top": before[0],
        "padding_bottom": after[0],
        "padding_left": before[1],
        "padding_right": after[1],
    }
    plain = {name: value for name, value in node.options.items() if name not in explicit}
    for padding, more in ((SAME, {}), (VALID, {}), (EXPLICIT, explicit)):
        found = replace(node, options=MappingProxyType({**plain, "padding": padding, **more}))
        if axes(found, (inner[0], inner[1]), window, dilations) == wanted:
            return found
    return None


def is_nhwc(graph: Graph, node: Node) -> bool:
    """Input and output must have four dimensions (batch, height, width, channels)."""
    return len(graph.input(node).shape) == 4 and len(graph.output(node).shape) == 4


def strides_fit(_: Graph, node: Node) -> bool:
    """Strides must be from 1 to 255."""
    return all(1 <= node.option(name) <= 255 for name in ("stride_h", "stride_w"))


def per_batch(
    graph: Graph, node: Node, kernel: str, parameters: Mapping[str, Parameter], structure: str | None = None
) -> tuple[Call, ...]:
    """One call for each image of the batch, of a kernel of the operator's folder that works on one image.

    `kernel` names the file and the function, and the structure where that has no name of its own.
    """
    source, target = graph.input(node), graph.output(node)
    batches = source.shape[0]
    return tuple(
        Call(
            source=f"operators/{node.operator}/{kernel}.c",
            kernel=kernel,
            structure=structure or kernel,
            parameters=parameters,
            inputs=(Pointer(node.inputs[0], batch * source.size_bytes // batches),),
            outputs=(Pointer(node.outputs[0], batch * target.size_bytes // batches),),
        )
        for batch in range(batches)
    )
