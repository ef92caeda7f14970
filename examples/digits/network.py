"""The digit classifier in float: forward pass, gradients and training, in numpy alone.

The network is fixed: a 3x3 convolution, a 3x3 depthwise convolution with stride 2, a 1x1 convolution (each with bias
and ReLU), a 2x2 average pool and a fully connected layer. Images are (N, 8, 8, 1), pixels 0 to 16; activations are NHWC
and padding is TFLite's SAME. Weights lie as TFLite stores them: output channel first, except depthwise (1, 3, 3, C).
"""

from collections.abc import Mapping

import numpy as np
from examples.training import FloatArray, Parameters, adam, cross_entropy_slope, initial_parameters, relu, softmax
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from examples import layers

CHANNELS = 16
FEATURE_CHANNELS = 32
CLASSES = 10
WEIGHT_SHAPES = {
    "conv": (CHANNELS, 3, 3, 1),
    "depthwise": (1, 3, 3, CHANNELS),
    "pointwise": (FEATURE_CHANNELS, 1, 1, CHANNELS),
    "dense": (CLASSES, 2 * 2 * FEATURE_CHANNELS),
}
KERNEL_SIZE = 3
LAYERS = (
    layers.convolution("conv", (1, 1), layers.PADDING_SAME),
    layers.convolution("depthwise", (2, 2), layers.PADDING_SAME, "depthwise_conv_2d"),
    layers.convolution("pointwise", (1, 1), layers.PADDING_SAME),
    layers.average_pool("pool", (2, 2)),
    layers.reshape("features"),
    layers.fully_connected("dense"),
    layers.softmax("probabilities"),
)


def forward(parameters: Mapping[str, FloatArray], images: FloatArray) -> dict[str, FloatArray]:
    """Every activation of the network by its name, from "image" to "probabilities" (N, CLASSES)."""
    a = {"image": images}
    conv_weights = parameters["conv/weights"].reshape(CHANNELS, -1)
    a["conv"] = relu(_flat_windows(images, 1) @ conv_weights.T + parameters["conv/bias"])
    depthwise = np.einsum("nhwcij,ijc->nhwc", _windows(a["conv"], 2), parameters["depthwise/weights"][0], optimize=True)
    a["depthwise"] = relu(depthwise + parameters["depthwise/bias"])
    a["pointwise"] = relu(a["depthwise"] @ parameters["pointwise/weights"][:, 0, 0].T + parameters["pointwise/bias"])
    a["pool"] = a["pointwise"].reshape(-1, 2, 2, 2, 2, FEATURE_CHANNELS).mean(axis=(2, 4))
    a["features"] = a["pool"].reshape(len(images), -1)
    a["dense"] = a["features"] @ parameters["dense/weights"].T + parameters["dense/bias"]
    a["probabilities"] = softmax(a["dense"])
    return a


def gradients(parameters: Mapping[str, FloatArray], images: FloatArray, labels: NDArray[np.int64]) -> Parameters:
    """The gradient of the mean cross-entropy for each parameter. `labels` (N,) are classes."""
    a = forward(parameters, images)
    g: Parameters = {}
    d_dense = cross_entropy_slope(a["probabilities"], labels)
    g["dense/weights"], g["dense/bias"] = d_dense.T @ a["features"], d_dense.sum(axis=0)

    d_pool = (d_dense @ parameters["dense/weights"]).reshape(a["pool"].shape)
    d_pointwise = np.repeat(np.repeat(d_pool / 4, 2, axis=1), 2, axis=2) * (a["pointwise"] > 0)
    g["pointwise/weights"] = np.einsum("nhwo,nhwi->oi", d_pointwise, a["depthwise"], optimize=True)[:, None, None, :]
    g["pointwise/bias"] = d_pointwise.sum(axis=(0, 1, 2))

    d_depthwise = (d_pointwise @ parameters["pointwise/weights"][:, 0, 0]) * (a["depthwise"] > 0)
    g["depthwise/weights"] = np.einsum("nhwc,nhwcij->ijc", d_depthwise, _windows(a["conv"], 2), optimize=True)[None]
    g["depthwise/bias"] = d_depthwise.sum(axis=(0, 1, 2))

    d_conv = _scatter_depthwise(d_depthwise, parameters["depthwise/weights"][0], a["conv"].shape) * (a["conv"] > 0)
    conv_weights = np.tensordot(d_conv, _flat_windows(images, 1), axes=((0, 1, 2), (0, 1, 2)))
    g["conv/weights"] = conv_weights.reshape(WEIGHT_SHAPES["conv"])
    g["conv/bias"] = d_conv.sum(axis=(0, 1, 2))
    return g


def train(
    images: FloatArray, labels: NDArray[np.int64], random: np.random.Generator, epochs: int, batch_size: int = 32
) -> Parameters:
    """Fitted parameters. Noise on the pixels keeps the network from learning the training images by heart."""

    def batch_gradients(parameters: Parameters) -> Parameters:
        batch = random.integers(len(images), size=batch_size)
        noise = random.normal(scale=1.5, size=(batch_size, *images.shape[1:])).astype(np.float32)
        return gradients(parameters, images[batch] + noise, labels[batch])

    steps = epochs * (len(images) // batch_size)
    return adam(initial_parameters(WEIGHT_SHAPES, random), batch_gradients, steps, learning_rate=0.004)


def same_padding(size: int, stride: int) -> tuple[int, int]:
    """Pixels of TFLite's SAME padding before and after an axis of `size` pixels, for `KERNEL_SIZE`."""
    total = max((-(-size // stride) - 1) * stride + KERNEL_SIZE - size, 0)
    return total // 2, total - total // 2


def _windows(values: FloatArray, stride: int) -> FloatArray:
    """The 3x3 windows of (N, H, W, C) with SAME padding: (N, H/stride, W/stride, C, 3, 3)."""
    rows, columns = (same_padding(size, stride) for size in values.shape[1:3])
    padded = np.pad(values, ((0, 0), rows, columns, (0, 0)))
    return sliding_window_view(padded, (KERNEL_SIZE, KERNEL_SIZE), axis=(1, 2))[:, ::stride, ::stride]


def _flat_windows(values: FloatArray, stride: int) -> FloatArray:
    """The windows of (N, H, W, C) as rows of 3 * 3 * C values, in the order of TFLite's weights."""
    windows = _windows(values, stride).transpose(0, 1, 2, 4, 5, 3)
    return windows.reshape(*windows.shape[:3], -1)


def _scatter_depthwise(slopes: FloatArray, weights: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """The gradient for the input (of `shape`) of the depthwise convolution with stride 2, from that for its output."""
    (top, bottom), (left, right) = (same_padding(size, 2) for size in shape[1:3])
    padded = np.zeros((shape[0], top + shape[1] + bottom, left + shape[2] + right, shape[3]), np.float32)
    rows, columns = 2 * slopes.shape[1], 2 * slopes.shape[2]
    for i in range(KERNEL_SIZE):
        for j in range(KERNEL_SIZE):
            padded[:, i : i + rows : 2, j : j + columns : 2] += slopes * weights[i, j]
    return padded[:, top : top + shape[1], left : left + shape[2]]
