"""The bearing classifier in float: forward pass, gradients and training, in numpy alone.

Three convolutions along time (each with bias and ReLU), an average over all that is left of it, and a fully connected
layer. What they find by training is what an engineer would build: a few band-pass filters, whose rectified outputs
follow the envelope of the ringing; their mixture; and filters for how often the envelope rises.

Windows are (N, 1, samples, 1) in g: time is TFLite's width, as converters make it of one-dimensional layers. Padding is
VALID. Weights lie as TFLite stores them, output channel first.
"""

from collections.abc import Mapping

import numpy as np
from examples.bearing.recordings import WINDOW_SAMPLES
from examples.training import (
    FloatArray,
    Parameters,
    adam,
    cross_entropy_slope,
    initial_parameters,
    relu,
    softmax,
)
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from examples import layers

BANDS, ENVELOPES, RHYTHMS, CLASSES = 8, 2, 32, 4
BAND_TAPS, BAND_STRIDE = 16, 8
RHYTHM_TAPS, RHYTHM_STRIDE = 48, 3
WEIGHT_SHAPES = {
    "bands": (BANDS, 1, BAND_TAPS, 1),
    "envelopes": (ENVELOPES, 1, 1, BANDS),
    "rhythms": (RHYTHMS, 1, RHYTHM_TAPS, ENVELOPES),
    "dense": (CLASSES, RHYTHMS),
}
STRIDES = {"bands": BAND_STRIDE, "envelopes": 1, "rhythms": RHYTHM_STRIDE}
BAND_INSTANTS = (WINDOW_SAMPLES - BAND_TAPS) // BAND_STRIDE + 1
RHYTHM_INSTANTS = (BAND_INSTANTS - RHYTHM_TAPS) // RHYTHM_STRIDE + 1
LAYERS = (
    *(layers.convolution(name, (1, stride), layers.PADDING_VALID) for name, stride in STRIDES.items()),
    layers.average_pool("mean", (1, RHYTHM_INSTANTS)),
    layers.reshape("features"),
    layers.fully_connected("dense"),
    layers.softmax("probabilities"),
)


def forward(parameters: Mapping[str, FloatArray], windows: FloatArray) -> dict[str, FloatArray]:
    """Every activation of the network by its name, from "vibration" to "probabilities" (N, CLASSES)."""
    a = {"vibration": windows}
    values = windows
    for name, stride in STRIDES.items():
        weights = parameters[f"{name}/weights"]
        flat = _flat_windows(values, weights.shape[2], stride) @ weights.reshape(len(weights), -1).T
        values = a[name] = relu(flat + parameters[f"{name}/bias"])[:, np.newaxis]
    a["mean"] = values.mean(axis=2, keepdims=True)
    a["features"] = a["mean"].reshape(len(windows), -1)
    a["dense"] = a["features"] @ parameters["dense/weights"].T + parameters["dense/bias"]
    a["probabilities"] = softmax(a["dense"])
    return a


def gradients(parameters: Mapping[str, FloatArray], windows: FloatArray, labels: NDArray[np.int64]) -> Parameters:
    """The gradient of the mean cross-entropy for each parameter. `labels` (N,) are classes."""
    a = forward(parameters, windows)
    d_dense = cross_entropy_slope(a["probabilities"], labels)
    g: Parameters = {"dense/weights": d_dense.T @ a["features"], "dense/bias": d_dense.sum(axis=0)}
    instants = a["rhythms"].shape[2]
    slope = np.repeat((d_dense @ parameters["dense/weights"])[:, np.newaxis, np.newaxis] / instants, instants, axis=2)
    for name, source in (("rhythms", "envelopes"), ("envelopes", "bands"), ("bands", "vibration")):
        slope = (slope * (a[name] > 0))[:, 0]
        weights, stride = parameters[f"{name}/weights"], STRIDES[name]
        inputs = _flat_windows(a[source], weights.shape[2], stride)
        rows = slope.reshape(-1, len(weights))
        g[f"{name}/weights"] = (rows.T @ inputs.reshape(len(rows), -1)).reshape(weights.shape)
        g[f"{name}/bias"] = rows.sum(axis=0)
        if source != "vibration":
            slope = _scatter(slope, weights, stride, a[source].shape)
    return g


def train(
    windows: FloatArray, labels: NDArray[np.int64], random: np.random.Generator, steps: int, batch_size: int = 64
) -> Parameters:
    """Fitted parameters. Windows are scaled and turned upside down at random, as if by sensors mounted otherwise."""

    def batch_gradients(parameters: Parameters) -> Parameters:
        batch = random.integers(len(windows), size=batch_size)
        gains = random.uniform(0.7, 1.4, (batch_size, 1, 1, 1)) * random.choice([-1, 1], (batch_size, 1, 1, 1))
        return gradients(parameters, windows[batch] * gains.astype(np.float32), labels[batch])

    return adam(initial_parameters(WEIGHT_SHAPES, random), batch_gradients, steps, learning_rate=0.006)


def _flat_windows(values: FloatArray, taps: int, stride: int) -> FloatArray:
    """The windows of (N, 1, T, C) as rows of taps * C values, in the order of TFLite's weights."""
    windows = sliding_window_view(values[:, 0], taps, axis=1)[:, ::stride].swapaxes(2, 3)
    return windows.reshape(*windows.shape[:2], -1)


def _scatter(slopes: FloatArray, weights: FloatArray, stride: int, shape: tuple[int, ...]) -> FloatArray:
    """The gradient for the input (of `shape`) of a convolution, from that for its output (N, T, outputs)."""
    scattered = np.zeros(shape, slopes.dtype)
    instants = slopes.shape[1]
    for tap in range(weights.shape[2]):
        scattered[:, 0, tap : tap + stride * instants : stride] += slopes @ weights[:, 0, tap]
    return scattered
