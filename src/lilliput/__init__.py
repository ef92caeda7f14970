"""Lilliput: a trained network and a microcontroller in, the smallest exact firmware out.

>>> build = lilliput.compile_model("model.tflite", "out", lilliput.Options(target="cortex-m4"))
>>> build.footprint.flash_bytes, build.footprint.ram_bytes
>>> lilliput.verify_model("model.tflite").mismatched_bytes
0
>>> lilliput.size("firmware.elf").flash_bytes
"""

from lilliput.api import compile_model, size, verify_model
from lilliput.errors import LilliputError
from lilliput.inspection import inspect_graph
from lilliput.options import Options
from lilliput.tflite import read, write
from lilliput.version import __version__

__all__ = [
    "LilliputError",
    "Options",
    "__version__",
    "compile_model",
    "inspect_graph",
    "read",
    "size",
    "verify_model",
    "write",
]
