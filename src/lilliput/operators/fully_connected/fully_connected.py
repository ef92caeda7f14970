"""FULLY_CONNECTED: a matrix times a vector (or several)."""

from dataclasses import replace

import numpy as np

from lilliput.ir import Graph, Node
from lilliput.operators import by_rows, support
from lilliput.operators.fixed_point import activation_range, float32_product, quantization, quantize_multiplier
from lilliput.operators.layer import (
    bias_has_one_value_a_channel,
    bias_parameters,
    requantization_parameters,
    scales_match_channels,
    sums_fit,
    weights_constant,
)
from lilliput.operators.layer_channels import MatrixChannels
from lilliput.operators.operator import Call, Decoding, Operator, Parameter, Pointer, RowCall, one_call
from lilliput.operators.rules import INT8_LAYER, LARGEST_DIMENSION


def weights_are_a_plain_matrix(graph: Graph, node: Node) -> bool:
    """The weights must be a matrix in the default format (not shuffled)."""
    return len(graph.input(node, 1).shape) == 2 and node.option("weights_format") == 0


def outputs_fit(graph: Graph, node: Node) -> bool:
    """There must be from 1 to 32,767 outputs."""
    return all(1 <= outputs <= LARGEST_DIMENSION for outputs in graph.output(node).shape[-1:])


def shapes_match(graph: Graph, node: Node) -> bool:
    """The input must be vectors of the weights' columns, the output vectors of the weights' rows."""
    rows, columns = graph.input(node, 1).shape
    source, target = graph.input(node), graph.output(node)
    return (
        columns > 0
        and source.elements % columns == 0
        and target.shape[-1:] == (rows,)
        and target.elements == source.elements // columns * rows
    )


_DECODER_BYTES = 8
"""What fully_connected_sum_decoded keeps of its decoder from row to row."""


class FullyConnected(Operator):
    """Weights are [outputs, inputs]; the input is any shape of vectors x inputs elements."""

    name = "fully_connected"
    versions = range(1, 13)
    inputs = range(2, 4)
    rules = (*INT8_LAYER, weights_are_a_plain_matrix, outputs_fit, sums_fit(channel_axis=0))
    consistency = (shapes_match, bias_has_one_value_a_channel, scales_match_channels)
    channels = MatrixChannels()
    fuses_activation = True

    def calls(self, graph: Graph, node: Node) -> tuple[Call, ...]:
        """One call, with the kernel for one scale and one vector where that is enough."""
        vectors = graph.input(node).elements // graph.input(node, 1).shape[1]
        if has_one_scale(graph, node) and vectors == 1:
            return one_call(node, "operators/fully_connected/fully_connected.c", one_scale(graph, node))
        fields = {**_many_scales(graph, node), "vectors": vectors}
        return one_call(node, "operators/fully_connected/fully_connected_per_channel.c", fields)

    def rows(self, graph: Graph, node: Node) -> RowCall | None:
        """By sums, where there is one vector, an image whose rows come one after the other."""
        image = _image(graph, node.inputs[0])
        if image is None or graph.tensors[image].elements != graph.input(node, 1).shape[1]:
            return None
        _, height, width, channels = graph.tensors[image].shape
        name, fields = "fully_connected_per_channel_sum", _many_scales(graph, node)
        if has_one_scale(graph, node):
            name, fields = "fully_connected_sum", one_scale(graph, node)
        fields |= {"rows": height, "row_inputs": width * channels}
        (call,) = one_call(node, f"operators/fully_connected/{name}.c", fields)
        pixel = {"rows": height * width, "row_inputs": channels}
        return by_rows.reduction(graph, replace(call, inputs=(Pointer(image),)), graph.output(node).elements, pixel)

    def decoding(self, graph: Graph, node: Node, call: Call | RowCall) -> Decoding | None:
        """For one scale and one vector; the weights in the order of the input's rows where these come one by one."""
        weights = np.asarray(graph.input(node, 1).data)
        if call.structure == "fully_connected":
            return Decoding(weights)
        if call.structure != "fully_connected_sum" or not isinstance(call, RowCall):
            return None
        rows_first = weights.reshape(len(weights), call.steps, -1).transpose(1, 0, 2)
        return Decoding(rows_first, sums_bytes=_DECODER_BYTES, without=("inputs",))

    def macs(self, graph: Graph, node: Node) -> int:
        """Input elements times outputs."""
        return graph.input(node).elements * graph.input(node, 1).shape[0]


def _image(graph: Graph, tensor: int) -> int | None:
    """The first image with several rows in the chain of views that ends in `tensor`."""
    found: int | None = None
    while True:
        if by_rows.has_rows(graph.tensors[tensor]) and graph.tensors[tensor].shape[1] > 1:
            found = tensor
        maker = next((node for node in graph.nodes if tensor in node.outputs), None)
        viewed = None if maker is None else support.viewed(graph, maker)
        if viewed is None:
            return found
        tensor = viewed


def has_one_scale(graph: Graph, node: Node) -> bool:
    """Whether all outputs have the same scale."""
    return quantization(graph.input(node, 1)).per_tensor


def one_scale(graph: Graph, node: Node) -> dict[str, Parameter]:
    """The fields of `struct fully_connected`. TFLM multiplies these two scales as float32, unlike in convolutions."""
    weights, output = graph.input(node, 1), graph.output(node)
    product = float32_product(quantization(graph.input(node)).scale, quantization(weights).scale)
    multiplier, shift = quantize_multiplier(product / quantization(output).scale)
    low, high = activation_range(node.option("fused_activation_function"), output)
    rows, columns = weights.shape
    return {
        "weights": weights_constant(graph, node),
        **bias_parameters(graph, node, rows),
        "multiplier": multiplier,
        "inputs": columns,
        "outputs": rows,
        "input_offset": -quantization(graph.input(node)).zero_point,
        "shift": shift,
        "output_zero_point": quantization(output).zero_point,
        "output_minimum": low,
        "output_maximum": high,
    }


def _many_scales(graph: Graph, node: Node) -> dict[str, Parameter]:
    """The fields of `struct fully_connected_per_channel` without the vectors."""
    rows, columns = graph.input(node, 1).shape
    return {
        "weights": weights_constant(graph, node),
        **requantization_parameters(graph, node, rows),
        "inputs": columns,
        "outputs": rows,
        "input_offset": -quantization(graph.input(node)).zero_point,
    }
