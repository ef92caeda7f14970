"""Rules that several operators share. A rule's docstring is its error message and its line in the documentation."""

from lilliput.ir import DType, Graph, Node, Tensor
from lilliput.operators.fixed_point import ACTIVATIONS
from lilliput.operators.operator import Rule

LARGEST_DIMENSION = 32767
"""Kernels hold dimensions in int16."""


def is_int8(tensor: Tensor) -> bool:
    """Whether the tensor is int8 with one scale and zero point."""
    return tensor.dtype is DType.INT8 and tensor.quantization is not None and tensor.quantization.per_tensor


def input_is_int8(graph: Graph, node: Node) -> bool:
    """The input must be int8 with one scale and zero point."""
    return is_int8(graph.input(node))


def output_is_int8(graph: Graph, node: Node) -> bool:
    """The output must be int8 with one scale and zero point."""
    return is_int8(graph.output(node))


def weights_are_constant_int8(graph: Graph, node: Node) -> bool:
    """The weights must be constant int8, quantised symmetrically (zero point 0)."""
    weights = graph.input(node, 1)
    quantized = weights.quantization
    return (
        weights.is_constant and weights.dtype is DType.INT8 and quantized is not None and not any(quantized.zero_points)
    )


def bias_is_constant_int32(graph: Graph, node: Node) -> bool:
    """The bias, where there is one, must be constant int32."""
    bias = graph.optional_input(node, 2)
    return bias is None or (bias.is_constant and bias.dtype is DType.INT32)


def activation_is_supported(_: Graph, node: Node) -> bool:
    """The fused activation must be none, RELU, RELU_N1_TO_1 or RELU6."""
    return 0 <= node.option("fused_activation_function") < len(ACTIVATIONS)


def dimensions_fit(graph: Graph, node: Node) -> bool:
    """All dimensions of inputs and outputs must be from 1 to 32,767."""
    tensors = [*graph.input_tensors(node), *graph.select(node.outputs)]
    return all(1 <= size <= LARGEST_DIMENSION for tensor in tensors if tensor is not None for size in tensor.shape)


INT8_LAYER: tuple[Rule, ...] = (
    input_is_int8,
    weights_are_constant_int8,
    bias_is_constant_int32,
    output_is_int8,
    activation_is_supported,
)
"""What every layer with weights asks for."""
