"""LiteRT's reference kernels (BUILTIN_REF), from the ai-edge-litert package."""

from collections.abc import Sequence
from typing import IO, Any

from numpy.typing import NDArray

from lilliput.ir import Graph
from lilliput.oracles.quiet import silenced
from lilliput.oracles.session import load_module

PACKAGE = "ai-edge-litert"
_MODULE = "ai_edge_litert.interpreter"


class LitertSession:
    """A model in a LiteRT interpreter; implements Session."""

    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter
        self._inputs = [details["index"] for details in interpreter.get_input_details()]
        self._outputs = [details["index"] for details in interpreter.get_output_details()]

    def invoke(self, inputs: Sequence[NDArray[Any]]) -> None:
        """Run one inference."""
        for index, values in zip(self._inputs, inputs, strict=True):
            self._interpreter.set_tensor(index, values)
        self._interpreter.invoke()

    def output(self, position: int) -> bytes:
        """The bytes of one model output."""
        return self.tensor(self._outputs[position])

    def tensor(self, index: int) -> bytes:
        """The bytes of one tensor."""
        return self._interpreter.get_tensor(index).tobytes()


def load(model: bytes, graph: Graph, log: IO[bytes], *, keep_tensors: bool) -> LitertSession:  # noqa: ARG001
    """Load `model`; what LiteRT prints goes to `log`. Raises RuntimeError or ValueError when LiteRT refuses it."""
    litert = load_module(_MODULE, PACKAGE)
    with silenced(log):
        interpreter = litert.Interpreter(
            model_content=model,
            num_threads=1,
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=keep_tensors,
        )
        interpreter.allocate_tensors()
        return LitertSession(interpreter)
