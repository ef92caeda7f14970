"""Rules that several operators share. A rule's docstring is its error message and its line in the documentation."""

from lilliput.ir import DType, Graph, Node, Tensor
from lilliput.operators.fixed_point import ACTIVATIONS
from lilliput.operators.operator import Rule

LARGEST_DIMENSION = 32767
"""Kernels hold dimensions in int16."""


def _per_tensor(tensor: Tensor) -> bool:
    return tensor.quantization is not None and tensor.quantization.per_tensor


def input_is_int8(graph: Graph, node: Node) -> bool:
    """The input must be int8 with one scale and zero point."""
    tensor = graph.input(node)
    return tensor.dtype is DType.INT8 and _per_tensor(tensor)


def output_is_int8(graph: Graph, node: Node) -> bool:
    """The output must be int8 with one scale and zero point."""
    tensor = graph.output(node)
    return tensor.dtype is DType.INT8 and _per_tensor(tensor)


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
    """No dimension of an input or output may exceed 32,767."""
    tensors = [*graph.input_tensors(node), *graph.select(node.outputs)]
    return all(size <= LARGEST_DIMENSION for tensor in tensors if tensor is not None for size in tensor.shape)


INT8_LAYER: tuple[Rule, ...] = (
    input_is_int8,
    weights_are_constant_int8,
    bias_is_constant_int32,
    output_is_int8,
    activation_is_supported,
)
"""What every layer with weights asks for."""
