"""What operators on images share: windows that move over rows and columns, and one call for each image."""

from collections.abc import Mapping
from dataclasses import dataclass

from lilliput.ir import Graph, Node
from lilliput.operators.operator import Call, Parameter, Pointer

SAME, VALID = 0, 1
"""The schema's Padding enumeration."""


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
