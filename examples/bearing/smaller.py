"""Float parameters -> int8 models as .tflite files: as quantised, and with fewer bits for the largest layer."""

from collections.abc import Mapping

import numpy as np
from examples.bearing.network import LAYERS, forward
from examples.bearing.recordings import Windows
from examples.bearing.vibration import STEP_G
from examples.training import FloatArray

from examples import layers
from lilliput import tflite
from lilliput.accuracy import Samples
from lilliput.accuracy.samples import inputs_of
from lilliput.compress import Compressor, LayerChoice, capture
from lilliput.ir import Graph
from lilliput.quantize import QuantizeOptions, quantize
from lilliput.shrink.exact import shrink_exactly
from lilliput.shrink.shrunk import ShrinkOptions

CALIBRATION_WINDOWS = 200
BITS = (8, 5, 4, 3)
"""Of the weights of "rhythms", where nine of ten weights are."""
# With these ends a step of int8 is one of the sensor's, and zero is zero: the model takes samples as they are.
_INPUT_RANGE_G = (-128 * STEP_G, 127 * STEP_G)


def samples_of(windows: Windows) -> Samples:
    """Windows as the int8 models take them."""
    return Samples(windows.samples[:, np.newaxis, :, np.newaxis], windows.classes, (), "generated")


def real_windows(windows: Windows) -> FloatArray:
    """Windows as the float network takes them, (N, 1, samples, 1) in g."""
    return windows.samples[:, np.newaxis, :, np.newaxis].astype(np.float32) * np.float32(STEP_G)


def quantised(parameters: Mapping[str, FloatArray], windows: Windows) -> Graph:
    """The network in int8, calibrated on these windows."""
    inputs = real_windows(windows)
    graph = layers.float_graph("bearing", LAYERS, parameters, forward(parameters, inputs[:1]))
    samples = Samples(inputs, windows.classes, (), "generated")
    return quantize(graph, samples, QuantizeOptions(input_range=_INPUT_RANGE_G)).graph


def candidates(graph: Graph, windows: Windows) -> dict[int, bytes]:
    """Model files by the bits of the weights of "rhythms"; the windows reconstruct what fewer bits change."""
    (rhythms,) = (index for index, node in enumerate(graph.nodes) if graph.output(node).name == "rhythms")
    inputs = inputs_of(samples_of(windows), graph.tensors[graph.inputs[0]])
    compressor = Compressor(graph, capture(graph, inputs))
    return {
        bits: _file(compressor({rhythms: LayerChoice(levels=2**bits - 1)} if bits < 8 else {}).graph) for bits in BITS
    }


def _file(graph: Graph) -> bytes:
    """The smallest file of the same model: exact rewrites, and names only where they are the model's interface."""
    return shrink_exactly(tflite.write(graph), "bearing.tflite", ShrinkOptions()).data
