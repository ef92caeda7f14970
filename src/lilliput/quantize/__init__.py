"""Float graph + calibration samples -> graph of integers in TensorFlow Lite's own scheme, and what each layer lost."""

from lilliput.quantize.noise import LayerNoise
from lilliput.quantize.options import DEFAULT_OPTIONS, QuantizeOptions
from lilliput.quantize.quantization import Quantized, Report, quantize

__all__ = ["DEFAULT_OPTIONS", "LayerNoise", "QuantizeOptions", "Quantized", "Report", "quantize"]
