"""Kernels that the model of TFLM's arena does not know: what they may take, so that a bound can be given.

No kernel of TFLM asks for more than this in the reference library, but for transposed convolutions of int16 and the
like, whose scratch memory is four bytes an output element and counted here too. A custom operator may do anything.
"""

from collections.abc import Mapping

from lilliput.tflm.kernels import Kernel, persist_requantization
from lilliput.tflm.model_file import ModelFile
from lilliput.tflm.preparation import Preparation

_WORD = 4
_OPTIONS = "i" * 32
_DATA = "i" * 128


def _prepare(preparation: Preparation) -> None:
    node = preparation.node
    inputs = [preparation.input(position) for position in range(len(node.inputs))]
    outputs = [preparation.output(position) for position in range(len(node.outputs))]
    tensors = [tensor for tensor in (*inputs, *outputs) if tensor is not None]
    preparation.take(*tensors, *tensors)
    persist_requantization(preparation, max((tensor.channels for tensor in tensors), default=0))
    preparation.request(_WORD * max((tensor.elements for tensor in tensors), default=0))


_UNKNOWN = Kernel(_prepare, _OPTIONS, _DATA)


def with_unknown(kernels: Mapping[str, Kernel], model: ModelFile) -> tuple[Mapping[str, Kernel], tuple[str, ...]]:
    """The kernels, completed for all operators of the model; and the operators that had to be."""
    unknown = tuple(operator for operator in model.operators if operator not in kernels)
    return {**kernels, **dict.fromkeys(unknown, _UNKNOWN)}, unknown
