"""What an interpreter must offer to serve as an oracle."""

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

from numpy.typing import NDArray

from lilliput.errors import ToolError


class Session(Protocol):
    """A model loaded into an interpreter. Methods raise RuntimeError or ValueError when the interpreter refuses."""

    def invoke(self, inputs: Sequence[NDArray[Any]]) -> None:
        """Run one inference on one array per model input, of the input's shape and type."""
        ...

    def output(self, position: int) -> bytes:
        """The bytes of the model's output at `position` after the last inference."""
        ...

    def tensor(self, index: int) -> bytes:
        """The bytes of the tensor at `index` in the file's first subgraph; needs a session that keeps all tensors."""
        ...


def package_version(package: str) -> str | None:
    """The installed version of a package, None when it is not there. Does not import it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def load_module(module: str, package: str) -> Any:
    """The imported module. Raises ToolError when its package is missing or does not load on this machine."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ToolError(f"the Python package {package} cannot be loaded: {error}", advice=INSTALL_ADVICE) from error


INSTALL_ADVICE = "install the oracle interpreters: pip install 'lilliput[oracles]'"
