"""Quantise the trained float model with 100 samples, then give its weights four bits, and measure each step.

Run as `python examples/digits/shrink.py [FOLDER]`; needs arm-none-eabi-gcc. The accuracy is that of the generated C on
test_set.npz; flash and weights are those of the linked image for cortex-m4 with --optimize size. FOLDER gets both
models.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lilliput import oracles, tflite
from lilliput.accuracy import METRICS, Samples, evaluate, read_samples
from lilliput.accuracy.evaluation import model_inputs
from lilliput.codegen.csource import Part
from lilliput.compress import Compressor, capture, compressible
from lilliput.compress.choice import weight_bits
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.pipeline import build
from lilliput.quantize import QuantizeOptions, quantize

FOLDER = Path(__file__).parent
PIXELS = (0.0, 17.0)
"""With 17 as the upper end a step is 1/15, and each pixel of 0 to 16 is an integer."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one version of the model comes to: bytes are 0 where it cannot be compiled."""

    name: str
    correct: int
    samples: int
    weight_bytes: int
    flash_bytes: int

    @property
    def row(self) -> str:
        """The line of a Markdown table."""
        sizes = [f"{size:,}" if size else "-" for size in (self.weight_bytes, self.flash_bytes)]
        share = f"{self.correct} of {self.samples} | {100 * self.correct / self.samples:.2f} %"
        return f"| {self.name} | {share} | {' | '.join(sizes)} |"


def models() -> tuple[Graph, Graph]:
    """The model in int8, and with weights of four bits."""
    calibration = read_samples(FOLDER / "calibration.npz")
    calibration = replace(calibration, x=calibration.x.astype(np.float32))
    graph = tflite.read(FOLDER / "digits_float.tflite")
    int8 = quantize(graph, calibration, QuantizeOptions(input_range=PIXELS)).graph
    compressor = Compressor(int8, capture(int8, model_inputs(int8, calibration)))
    four_bits = compressor(dict.fromkeys(compressible(int8), weight_bits(4))).graph
    return int8, tflite.read_bytes(tflite.write(four_bits), "digits.tflite")


def measured(int8: Graph, four_bits: Graph) -> Iterator[Step]:
    """The float model, which is not compiled, and the others."""
    test_set = read_samples(FOLDER / "test_set.npz")
    yield _float_step(test_set)
    for name, graph in (("int8", int8), ("4-bit weights", four_bits)):
        correct = round(evaluate(graph, test_set, METRICS["top1"]).value * len(test_set) / 100)
        with TemporaryDirectory() as folder:
            footprint = build(graph, Options("cortex-m4", toolchain="gcc"), Path(folder)).footprint
        yield Step(name, correct, len(test_set), footprint.flash[Part.WEIGHTS], footprint.flash_bytes)


def _float_step(test_set: Samples) -> Step:
    graph = tflite.read(FOLDER / "digits_float.tflite")
    pixels = replace(test_set, x=(test_set.x.astype(np.float32) + 128) / 15)
    (oracle,) = (oracle for oracle in oracles.available() if oracle.name == "litert")
    outputs = oracles.run(oracle, tflite.write(graph), graph, model_inputs(graph, pixels))
    answers = [int(np.frombuffer(scores, np.float32).argmax()) for (scores,) in outputs]
    return Step("float32", int((np.array(answers) == test_set.y).sum()), len(test_set), 0, 0)


def main() -> None:
    """Print a line per step."""
    int8, four_bits = models()
    for folder in sys.argv[1:]:
        Path(folder, "digits_int8.tflite").write_bytes(tflite.write(int8))
        Path(folder, "digits_4bit.tflite").write_bytes(tflite.write(four_bits))
    print("| model | correct | accuracy | weight bytes | flash bytes |")
    print("|---|---|---|---|---|")
    for step in measured(int8, four_bits):
        print(step.row)


if __name__ == "__main__":
    main()
