"""A float layer -> its int8 weights and its bias, which makes up for what rounding the weights changes on average."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.errors import InvariantError
from lilliput.ir import DType, Graph, Node, Quantization, Tensor
from lilliput.quantize.calibration import float_oracle
from lilliput.quantize.scales import dequantize_values, quantize_bias, quantize_weights
from lilliput.quantize.scheme import BIAS, SCHEMES, WEIGHTS

_NO_ACTIVATION = 0


Constants = Mapping[int, tuple[DType, NDArray[Any], Quantization]]
"""A layer's constants by input position: type, values and quantisation."""


def layer_constants(
    graph: Graph, node: Node, input_scale: float, mean_input: NDArray[np.float32] | None, bias_type: DType
) -> Constants:
    """Weights and bias of a layer, where it has one.

    With the mean of its input on the samples, the mean of each output channel before the fused activation stays what it
    was: the bias takes up what the rounded weights add to it (Nagel et al., "Data-Free Quantization Through Weight
    Equalization and Bias Correction", 2019, section 4.2, with means that are measured).
    """
    scheme = SCHEMES[node.operator]
    if scheme.weights is None:
        raise InvariantError(f"{node.operator} has no weights")
    weights, bias = _data(graph.input(node, WEIGHTS)), graph.optional_input(node, BIAS)
    reals = None if bias is None else _data(bias)
    stored, quantization = quantize_weights(weights, scheme.weights.axis, reals, input_scale)
    values: dict[int, tuple[DType, NDArray[Any], Quantization]] = {WEIGHTS: (DType.INT8, stored, quantization)}
    if reals is not None:
        if mean_input is not None:
            error = dequantize_values(stored, quantization) - weights
            reals = reals - _mean_output(graph, node, mean_input, error.astype(np.float32))
        values[BIAS] = (bias_type, *quantize_bias(reals, input_scale, quantization, bias_type))
    return values


def _mean_output(
    graph: Graph, node: Node, mean_input: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    """What the layer with these weights, no bias and no activation gives for each channel, on average over positions.

    Layers without activation are linear: the mean of outputs is the output for the mean.
    """
    source, output, old = graph.input(node), graph.output(node), graph.input(node, WEIGHTS)
    zero_bias = np.zeros(output.shape[-1], np.float32)
    for array in (weights, zero_bias):
        array.setflags(write=False)
    bias = Tensor("bias", DType.FLOAT32, zero_bias.shape, None, zero_bias, old.origin)
    options = MappingProxyType({**node.options, "fused_activation_function": _NO_ACTIVATION})
    alone = replace(
        graph,
        tensors=(source, replace(old, data=weights), bias, output),
        nodes=(replace(node, inputs=(0, 1, 2), outputs=(3,), options=options),),
        inputs=(0,),
        outputs=(3,),
    )
    inputs = [[np.ascontiguousarray(mean_input, np.float32).tobytes()]]
    ((data,),) = oracles.run(float_oracle(), tflite.write(alone), alone, inputs)
    return np.frombuffer(data, np.float32).reshape(-1, output.shape[-1]).mean(axis=0, dtype=np.float64)


def _data(tensor: Tensor) -> NDArray[np.float32]:
    if tensor.data is None:
        raise InvariantError(f"tensor {tensor.name!r} is not constant")
    return tensor.data
