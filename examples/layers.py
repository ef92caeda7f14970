"""Trained float layers in a row -> a graph of `lilliput.ir`: what a framework's exporter would hand to a quantiser."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lilliput.ir import DType, Graph, Node, OptionValue, Origin, Source, Tensor

Options = dict[str, OptionValue]

PADDING_SAME, PADDING_VALID = 0, 1
ACTIVATION_NONE, ACTIVATION_RELU = 0, 1


class Layer(NamedTuple):
    """An operator by the name of its output; `version` is the one that int8 needs."""

    output: str
    operator: str
    version: int
    options: Options


def convolution(output: str, stride: tuple[int, int], padding: int, operator: str = "conv_2d") -> Layer:
    """A convolution with ReLU and strides (height, width), "depthwise_conv_2d" if asked for."""
    options: Options = {
        **_window(stride, padding),
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": ACTIVATION_RELU,
    }
    if operator == "depthwise_conv_2d":
        options["depth_multiplier"] = 1
    return Layer(output, operator, 3, options)


def average_pool(output: str, size: tuple[int, int]) -> Layer:
    """The average of areas (height, width) that do not overlap."""
    return Layer(
        output,
        "average_pool_2d",
        2,
        {**_window(size, PADDING_VALID), "filter_height": size[0], "filter_width": size[1]},
    )


def fully_connected(output: str) -> Layer:
    """A fully connected layer without activation."""
    return Layer(output, "fully_connected", 4, {"fused_activation_function": ACTIVATION_NONE})


def reshape(output: str) -> Layer:
    """Another shape, that of the activation of this name."""
    return Layer(output, "reshape", 1, {})


def softmax(output: str) -> Layer:
    """Probabilities."""
    return Layer(output, "softmax", 2, {"beta": 1.0})


def float_graph(
    name: str,
    layers: Sequence[Layer],
    parameters: Mapping[str, NDArray[Any]],
    activations: Mapping[str, NDArray[Any]],
) -> Graph:
    """The layers in a row, all tensors float32, for a batch of one.

    `parameters` holds `<layer>/weights` and `<layer>/bias` as TFLite lays them out; `activations` begins with the
    input, and gives the shape of each layer's output, its batch axis first.
    """
    tensors: list[Tensor] = []
    nodes: list[Node] = []

    def add(name: str, dtype: DType, shape: tuple[int, ...], values: ArrayLike | None = None) -> int:
        data = None if values is None else np.array(values, dtype.numpy)
        if data is not None:
            data.setflags(write=False)
        tensors.append(Tensor(name, dtype, shape, None, data, Origin(len(tensors), name)))
        return len(tensors) - 1

    first = next(iter(activations))
    value = graph_input = add(first, DType.FLOAT32, (1, *activations[first].shape[1:]))
    for index, layer in enumerate(layers):
        shape, options = (1, *activations[layer.output].shape[1:]), layer.options
        constants = {key: values for key, values in parameters.items() if key.startswith(f"{layer.output}/")}
        inputs = [value, *(add(key, DType.FLOAT32, values.shape, values) for key, values in constants.items())]
        if layer.operator == "reshape":
            inputs.append(add(f"{layer.output}/shape", DType.INT32, (len(shape),), shape))
            options = {**options, "new_shape": shape}
        value = add(layer.output, DType.FLOAT32, shape)
        origin = Origin(index, layer.output)
        nodes.append(Node(layer.operator, layer.version, tuple(inputs), (value,), origin, MappingProxyType(options)))
    return Graph(Source(name, "", 0, 0), tuple(tensors), tuple(nodes), (graph_input,), (value,))


def _window(stride: tuple[int, int], padding: int) -> Options:
    return {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
