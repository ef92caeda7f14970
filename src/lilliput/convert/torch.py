"""PyTorch's exported programs (.pt2) -> .tflite, by litert-torch."""

from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def to_tflite(path: Path) -> bytes:
    """The float model with the shapes that it was exported with. Raises whatever PyTorch and litert-torch raise."""
    torch: Any = import_module("torch")
    litert_torch: Any = import_module("litert_torch")
    program = torch.export.load(path)
    inputs, _ = program.example_inputs
    edge_model = litert_torch.convert(program.module(), inputs)
    with TemporaryDirectory() as folder:
        target = Path(folder) / "model.tflite"
        edge_model.export(str(target))
        return target.read_bytes()
