"""Optional dependencies: which extra brings which modules, and one line that names the extra when one is missing."""

from collections.abc import Mapping
from importlib.util import find_spec

from lilliput.errors import ToolError

_MODULES: Mapping[str, tuple[str, ...]] = {
    "compiler": ("elftools", "capstone"),
    "emulator": ("unicorn",),
    "keras": ("tensorflow",),
    "onnx": ("onnx2tf",),
    "shrink": ("PIL", "optuna", "sqlalchemy"),
    "size": ("capstone", "jinja2", "plotly", "sqlalchemy"),
    "torch": ("torch", "litert_torch"),
}


def require(*extras: str) -> None:
    """Raise ToolError when a module of one of `extras` is not installed."""
    for extra in extras:
        missing = [module for module in _MODULES[extra] if find_spec(module) is None]
        if missing:
            raise ToolError(
                f"this needs the Python package {missing[0]}, which is not installed",
                advice=f"Install it with: pip install 'lilliput[{extra}]'",
            )
