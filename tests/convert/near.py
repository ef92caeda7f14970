"""A converted model must compute what the framework computes, and quantise to something near it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.accuracy import Samples, scores_of_oracle
from lilliput.accuracy.evaluation import model_inputs
from lilliput.convert import load
from lilliput.quantize import quantize
from lilliput.quantize.calibration import float_oracle


def assert_near(path: Path, x: NDArray[np.float32], framework: Callable[[NDArray[np.float32]], Any]) -> None:
    """`x` is (samples, height, width, channels); `framework` gives its scores."""
    wanted = np.asarray(framework(x)).reshape(len(x), -1)
    data = load(path)
    graph = tflite.read_bytes(data, "converted.tflite")
    samples = Samples(x.reshape(len(x), *graph.tensors[graph.inputs[0]].shape[1:]), np.zeros(len(x)), (), "random")
    outputs = oracles.run(float_oracle(), data, graph, model_inputs(graph, samples))
    found = np.array([np.frombuffer(scores, np.float32) for (scores,) in outputs])
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    quantized = quantize(graph, samples)
    assert quantized.report.not_compiled == ()
    scores = scores_of_oracle(tflite.write(quantized.graph), quantized.graph, samples)
    assert np.abs(scores - wanted).max() < 0.05 * np.ptp(wanted)
