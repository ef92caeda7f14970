"""Keras files and SavedModel folders -> .tflite, by TensorFlow's converter."""

from importlib import import_module
from pathlib import Path
from typing import Any


def to_tflite(path: Path) -> bytes:
    """The float model, its batch as the file has it. Raises whatever TensorFlow raises."""
    tensorflow: Any = import_module("tensorflow")
    converters = tensorflow.lite.TFLiteConverter
    if path.is_dir():
        return converters.from_saved_model(str(path)).convert()
    return converters.from_keras_model(tensorflow.keras.models.load_model(path, compile=False)).convert()
