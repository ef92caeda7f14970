"""int8 graph + samples -> int8 graph whose weights take fewer bytes once they are encoded, its outputs kept near.

The weights of a layer get fewer levels, fewer distinct values or more zeros; what that changes in the layer's output on
the samples is made up for by the weights that are rounded later, and by the bias. No training loop is needed.
"""

from lilliput.compress.activations import Activations, capture
from lilliput.compress.choice import LayerChoice
from lilliput.compress.compression import Compressed, Compressor, LayerReport, compress
from lilliput.compress.layers import compressible

__all__ = [
    "Activations",
    "Compressed",
    "Compressor",
    "LayerChoice",
    "LayerReport",
    "capture",
    "compress",
    "compressible",
]
