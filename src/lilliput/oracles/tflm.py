"""TensorFlow Lite Micro's reference kernels, from the tflite-micro package."""

from collections.abc import Sequence
from typing import IO, Any

from numpy.typing import NDArray

from lilliput.errors import ToolError
from lilliput.ir import Graph
from lilliput.oracles.quiet import silenced
from lilliput.oracles.session import load_module

PACKAGE = "tflite-micro"
_MODULE = "tflite_micro.python.tflite_micro.runtime"
_SPARE_ARENA_BYTES = 4 << 20
_LARGEST_ARENA_BYTES = 512 << 20
_ARENA_TOO_SMALL = b"missing: "


class TflmSession:
    """A model in a TFLM interpreter; implements Session."""

    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter

    def invoke(self, inputs: Sequence[NDArray[Any]]) -> None:
        """Run one inference."""
        for position, values in enumerate(inputs):
            self._interpreter.set_input(values, position)
        self._interpreter.invoke()

    def output(self, position: int) -> bytes:
        """The bytes of one model output."""
        return self._interpreter.get_output(position).tobytes()

    def tensor(self, index: int) -> bytes:
        """The bytes of one tensor."""
        return self._interpreter.GetTensor(index, 0)["tensor_data"].tobytes()


def load(model: bytes, graph: Graph, log: IO[bytes], *, keep_tensors: bool) -> TflmSession:
    """Load `model` with an arena that is large enough; what TFLM prints goes to `log`.

    TFLM crashes the process on a far too small arena (it does not check some allocations), so the first try is
    generous: untouched pages of the arena cost nothing. Raises RuntimeError or ValueError when TFLM refuses the model.
    """
    runtime = load_module(_MODULE, PACKAGE)
    kinds = runtime.InterpreterConfig
    kind = kinds.kPreserveAllTensors if keep_tensors else kinds.kAllocationRecording
    activation_bytes = sum(tensor.size_bytes for tensor in graph.tensors if not tensor.is_constant)
    arena_bytes = _SPARE_ARENA_BYTES + 4 * activation_bytes
    while arena_bytes <= _LARGEST_ARENA_BYTES:
        start = log.seek(0, 2)
        try:
            with silenced(log):
                return TflmSession(runtime.Interpreter.from_bytes(model, None, arena_bytes, kind))
        except RuntimeError:
            log.seek(start)
            if _ARENA_TOO_SMALL not in log.read():
                raise
        arena_bytes *= 4
    raise ToolError(
        f"the model needs more than {_LARGEST_ARENA_BYTES >> 20} MiB of memory in TensorFlow Lite Micro",
        where=graph.source.name,
    )
