"""What TFLM's own interpreter says about its arena: the tests' oracle, a 64-bit build that records allocations."""

import re
import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np

from lilliput.oracles.quiet import silenced

_ARENA_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Measured:
    """The bytes of the planned activations, the persistent bytes, and the outputs of one inference on random input."""

    activation_bytes: int
    persistent_bytes: int
    outputs: tuple[bytes, ...]


def measure(model: bytes) -> Measured:
    """Load a model, run it once on a fixed random input, and read what the interpreter prints of its allocations."""
    from tflite_micro.python.tflite_micro import runtime  # pyright: ignore[reportMissingImports]

    with tempfile.TemporaryFile() as log:
        with silenced(log):
            interpreter: Any = runtime.Interpreter.from_bytes(model, None, _ARENA_BYTES)
            outputs = _run(interpreter)
            interpreter.print_allocations()
        log.seek(0)
        printed = log.read().decode()
    head, tail = re.findall(r"allocation (?:head|tail) (\d+) bytes", printed)
    return Measured(int(head), int(tail), outputs)


def _run(interpreter: Any) -> tuple[bytes, ...]:
    rng = np.random.default_rng(1)
    for index, details in enumerate(_details(interpreter.get_input_details)):
        values = rng.integers(-128, 128, details["shape"])
        interpreter.set_input(values.astype(details["dtype"]), index)
    interpreter.invoke()
    return tuple(
        interpreter.get_output(index).tobytes() for index, _ in enumerate(_details(interpreter.get_output_details))
    )


def _details(of: Any) -> list[Any]:
    """The details of input or output 0, 1, ...; the interpreter says by an error that there are no more."""
    found: list[Any] = []
    while True:
        try:
            found.append(of(len(found)))
        except (ValueError, IndexError, RuntimeError):
            return found
