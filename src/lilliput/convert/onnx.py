"""ONNX files -> .tflite, by onnx2tf."""

from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_FLOAT32 = "*_float32.tflite"


def to_tflite(path: Path) -> bytes:
    """The float32 model, channels last. Raises whatever onnx2tf raises."""
    onnx2tf: Any = import_module("onnx2tf")
    with TemporaryDirectory() as folder:
        onnx2tf.convert(
            input_onnx_file_path=str(path),
            output_folder_path=folder,
            non_verbose=True,
            copy_onnx_input_output_names_to_tflite=True,
        )
        (found,) = Path(folder).glob(_FLOAT32)
        return found.read_bytes()
