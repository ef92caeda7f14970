"""What the networks of the examples are trained with, in numpy alone: first weights, Adam, the last layer's loss."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
Parameters = dict[str, FloatArray]


def initial_parameters(shapes: Mapping[str, tuple[int, ...]], random: np.random.Generator) -> Parameters:
    """He-initialised weights `<layer>/weights` and zero biases `<layer>/bias` for the shapes of each layer's weights.

    Shapes are those of TFLite: output channel first, except in layers called depthwise (1, height, width, channels).
    """
    parameters: Parameters = {}
    for layer, shape in shapes.items():
        outputs = shape[-1] if layer == "depthwise" else shape[0]
        inputs_per_output = int(np.prod(shape)) // outputs
        weights = random.normal(scale=np.sqrt(2 / inputs_per_output), size=shape)
        parameters[f"{layer}/weights"] = weights.astype(np.float32)
        parameters[f"{layer}/bias"] = np.zeros(outputs, np.float32)
    return parameters


def adam(
    parameters: Parameters, gradients: Callable[[Parameters], Parameters], steps: int, learning_rate: float
) -> Parameters:
    """Parameters after `steps` of Adam, the learning rate falling from `learning_rate` to 0 along half a cosine.

    `gradients` gives the slopes of the loss on a batch of its choice.
    """
    parameters = dict(parameters)
    means = {name: np.zeros_like(values) for name, values in parameters.items()}
    squares = {name: np.zeros_like(values) for name, values in parameters.items()}
    for step in range(1, steps + 1):
        rate = learning_rate / 2 * (1 + np.cos(np.pi * step / steps))
        for name, slope in gradients(parameters).items():
            means[name] = 0.9 * means[name] + 0.1 * slope
            squares[name] = 0.999 * squares[name] + 0.001 * slope**2
            mean, square = means[name] / (1 - 0.9**step), squares[name] / (1 - 0.999**step)
            parameters[name] = (parameters[name] - rate * mean / (np.sqrt(square) + 1e-8)).astype(np.float32)
    return parameters


def relu(values: FloatArray) -> FloatArray:
    """The positive values; zero for the others."""
    return np.maximum(values, np.float32(0))


def softmax(values: FloatArray) -> FloatArray:
    """Probabilities (N, classes)."""
    exponentials = np.exp(values - values.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def cross_entropy_slope(probabilities: FloatArray, labels: NDArray[np.int64]) -> FloatArray:
    """The gradient of the mean cross-entropy for what went into the softmax. `labels` (N,) are classes."""
    expected = np.eye(probabilities.shape[1], dtype=np.float32)[labels]
    return (probabilities - expected) / np.float32(len(labels))
