"""The trained float network as a graph of `lilliput.ir`: what a framework's exporter would hand to a quantiser."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lilliput.ir import DType, Graph, Node, OptionValue, Origin, Source, Tensor

PADDING_SAME, PADDING_VALID = 0, 1
ACTIVATION_NONE, ACTIVATION_RELU = 0, 1

WINDOW: dict[str, OptionValue] = {"padding": PADDING_SAME, "dilation_h_factor": 1, "dilation_w_factor": 1}
RELU: dict[str, OptionValue] = {"fused_activation_function": ACTIVATION_RELU}


def _strides(stride: int) -> dict[str, OptionValue]:
    return {"stride_h": stride, "stride_w": stride}


# Output name, operator, operator version that int8 needs, options; the output's shape comes with the activations.
LAYERS: tuple[tuple[str, str, int, dict[str, OptionValue]], ...] = (
    ("conv", "conv_2d", 3, WINDOW | RELU | _strides(1)),
    ("depthwise", "depthwise_conv_2d", 3, WINDOW | RELU | _strides(2) | {"depth_multiplier": 1}),
    ("pointwise", "conv_2d", 3, WINDOW | RELU | _strides(1)),
    ("pool", "average_pool_2d", 2, _strides(2) | {"padding": PADDING_VALID, "filter_height": 2, "filter_width": 2}),
    ("features", "reshape", 1, {}),
    ("dense", "fully_connected", 4, {"fused_activation_function": ACTIVATION_NONE}),
    ("probabilities", "softmax", 2, {"beta": 1.0}),
)


def float_graph(parameters: Mapping[str, NDArray[Any]], activations: Mapping[str, NDArray[Any]]) -> Graph:
    """The layers in a row, from "image" to "probabilities", all tensors float32, for a batch of one image.

    `parameters` holds `<layer>/weights` and `<layer>/bias` as TFLite lays them out; `activations` gives the shape of
    each layer's output, its batch axis first.
    """
    tensors: list[Tensor] = []
    nodes: list[Node] = []

    def add(name: str, dtype: DType, shape: tuple[int, ...], values: ArrayLike | None = None) -> int:
        data = None if values is None else np.array(values, dtype.numpy)
        if data is not None:
            data.setflags(write=False)
        tensors.append(Tensor(name, dtype, shape, None, data, Origin(len(tensors), name)))
        return len(tensors) - 1

    value = image = add("image", DType.FLOAT32, (1, *activations["image"].shape[1:]))
    for index, (name, operator, version, options) in enumerate(LAYERS):
        shape = (1, *activations[name].shape[1:])
        constants = {key: values for key, values in parameters.items() if key.startswith(f"{name}/")}
        inputs = [value, *(add(key, DType.FLOAT32, values.shape, values) for key, values in constants.items())]
        if operator == "reshape":
            inputs.append(add(f"{name}/shape", DType.INT32, (len(shape),), shape))
            options = {**options, "new_shape": shape}
        value = add(name, DType.FLOAT32, shape)
        nodes.append(Node(operator, version, tuple(inputs), (value,), Origin(index, name), MappingProxyType(options)))
    return Graph(Source("digits", "", 0, 0), tuple(tensors), tuple(nodes), (image,), (value,))
