"""Tests of converters exist where the extra is installed: these are no part of a full installation."""

from importlib.util import find_spec

_NEEDED = {"test_keras.py": "tensorflow", "test_onnx.py": "onnx2tf", "test_torch.py": "litert_torch"}
collect_ignore = [name for name, module in _NEEDED.items() if find_spec(module) is None]
