"""RESIZE_NEAREST_NEIGHBOR: every output pixel is one of the input's pixels."""

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows
from lilliput.operators.data_movement import constant_integers
from lilliput.operators.operator import Call, Constant, ConstantKind, Operator, Parameter, RowCall, Window
from lilliput.operators.passing_channels import PassingChannels
from lilliput.operators.rules import dimensions_fit, input_is_int8, output_is_int8
from lilliput.operators.spatial import is_nhwc, per_batch


def size_is_constant(graph: Graph, node: Node) -> bool:
    """The size must be a constant int32 vector of height and width."""
    size = constant_integers(graph.input(node, 1))
    return size is not None and len(size) == 2


def output_has_the_size(graph: Graph, node: Node) -> bool:
    """The output must have the input's batch and channels, and the size as height and width."""
    batch, _, _, channels = graph.input(node).shape
    wanted = (batch, *(constant_integers(graph.input(node, 1)) or ()), channels)
    return graph.output(node).shape == wanted


def _sources(graph: Graph, node: Node, dimension: int) -> NDArray[np.int64]:
    """The input index of each output index along a dimension, in float32 as TFLM computes it (GetNearestNeighbor)."""
    inputs, outputs = graph.input(node).shape[dimension], graph.output(node).shape[dimension]
    align = bool(node.option("align_corners"))
    last = 1 if align and outputs > 1 else 0
    scale = np.float32(inputs - last) / np.float32(outputs - last)
    centre = np.float32(0.5 if node.option("half_pixel_centers") else 0.0)
    places = ((np.arange(outputs, dtype=np.float32) + centre) * scale).astype(np.float64)
    indices = np.floor(places + 0.5 if align else places).astype(np.int64)
    return np.minimum(indices, inputs - 1)


def _factor(sources: NDArray[np.int64]) -> int:
    """How often each input index appears when all do, in order and equally often; else 0."""
    factor = int(np.count_nonzero(sources == 0))
    return factor if factor and np.array_equal(sources, np.arange(len(sources)) // factor) else 0


class ResizeNearestNeighbor(Operator):
    """Which pixel goes where is computed when the model is compiled."""

    name = "resize_nearest_neighbor"
    versions = range(1, 5)
    inputs = range(2, 3)
    rules = (input_is_int8, output_is_int8, is_nhwc, dimensions_fit, size_is_constant)
    consistency = (output_has_the_size,)
    channels = PassingChannels()

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call for each image of the batch, of the kernel without tables where pixels only repeat."""
        rows, columns = _sources(graph, node, 1), _sources(graph, node, 2)
        factors = _factor(rows), _factor(columns)
        _, height, width, channels = graph.input(node).shape
        if all(factors) and len(rows) == height * factors[0] and len(columns) == width * factors[1]:
            fields: dict[str, Parameter] = {
                "input_height": height,
                "input_rows": height,
                "input_width": width,
                "channels": channels,
                "vertical": factors[0],
                "horizontal": factors[1],
            }
            return per_batch(graph, node, "resize_nearest_neighbor", fields)
        fields = {
            "rows": Constant("rows", rows.astype(np.uint16), ConstantKind.TABLES),
            "columns": Constant("columns", columns.astype(np.uint16), ConstantKind.TABLES),
            "input_width": width,
            "output_height": len(rows),
            "output_width": len(columns),
            "channels": channels,
        }
        return per_batch(graph, node, "resize_nearest_neighbor_table", fields)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """Where pixels only repeat."""
        call = self.calls(graph, node)[0]
        factor = call.parameters.get("vertical")
        return by_rows.window(graph, node, call, Window(divisor=factor)) if isinstance(factor, int) else None
