"""Lilliput: a trained network and a microcontroller in, the smallest exact firmware out.

>>> build = lilliput.compile_model("model.tflite", "out", lilliput.Options(target="cortex-m4"))
>>> build.footprint.flash_bytes, build.footprint.ram_bytes
>>> lilliput.verify_model("model.tflite").mismatched_bytes
0
>>> lilliput.size("firmware.elf").flash_bytes
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lilliput.errors import LilliputError
from lilliput.options import Options
from lilliput.version import __version__

if TYPE_CHECKING:
    from lilliput.api import compile_model, shrink_model, size, verify_model
    from lilliput.inspection import inspect_graph
    from lilliput.tflite import read, write

__all__ = [
    "LilliputError",
    "Options",
    "__version__",
    "compile_model",
    "inspect_graph",
    "read",
    "shrink_model",
    "size",
    "verify_model",
    "write",
]

# Imported when first asked for (PEP 562): numpy and the readers take longer to load than small commands to run.
_MODULES = {
    "compile_model": "lilliput.api",
    "inspect_graph": "lilliput.inspection",
    "read": "lilliput.tflite",
    "shrink_model": "lilliput.api",
    "size": "lilliput.api",
    "verify_model": "lilliput.api",
    "write": "lilliput.tflite",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
