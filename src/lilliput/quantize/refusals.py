"""Float graph -> None, or an error that lists everything in it that cannot be quantised."""

from collections.abc import Iterator

import numpy as np

from lilliput.errors import ModelError, UnsupportedError, UsageError
from lilliput.ir import DType, Graph, Node
from lilliput.quantize.options import QuantizeOptions
from lilliput.quantize.scheme import BIAS, SCHEMES, WEIGHTS, is_real

_ADVICE = f"Operators that can be quantised: {', '.join(sorted(name.upper() for name in SCHEMES))}"


def refuse(graph: Graph, options: QuantizeOptions) -> None:
    """Raise UnsupportedError with all operators that have no integer kernel or no constant weights.

    Raises UsageError for a model without real numbers and for `wide` operators that there are not, ModelError for
    constants that are not finite.
    """
    name = graph.source.name
    nodes = [node for node in graph.nodes if is_real(graph, node)]
    if not any(tensor.dtype is DType.FLOAT32 for node in nodes for tensor in graph.select(node.outputs)):
        raise UsageError("no operator computes real numbers: the model is quantised already", name)
    if problems := [problem for node in nodes for problem in _problems(graph, node)]:
        raise UnsupportedError(problems, name, _ADVICE)
    known = {node.origin.index for node in nodes}
    if unknown := sorted(options.wide - known):
        fact = f"there is no operator {unknown[0]} that could have int16 activations"
        raise UsageError(fact, name, f"Choose from {', '.join(map(str, sorted(known)))}.")
    for tensor in graph.tensors:
        if tensor.data is not None and tensor.data.dtype.kind == "f" and not np.isfinite(tensor.data).all():
            raise ModelError("the constant has values that are not finite", f'tensor "{tensor.name}"', "Train anew.")


def _problems(graph: Graph, node: Node) -> Iterator[str]:
    place = f"operator {node.origin.index} {node.operator.upper()}"
    scheme = SCHEMES.get(node.operator)
    if scheme is None:
        yield f"{place}: it cannot be quantised"
        return
    present = [tensor for tensor in graph.input_tensors(node) if tensor is not None]
    if any(tensor.is_variable for tensor in present):
        yield f"{place}: an input is a variable"
    others = {tensor.dtype.value for tensor in present} - _TAKEN
    if others:
        yield f"{place}: an input is {', '.join(sorted(others))}, not float32"
    for position, what in ((WEIGHTS, "weights"), (BIAS, "bias")) if scheme.weights is not None else ():
        tensor = graph.optional_input(node, position)
        if tensor is not None and (tensor.data is None or tensor.dtype is not DType.FLOAT32):
            yield f"{place}: the {what} must be constant float32"


_TAKEN = {"FLOAT32", "INT32", "INT64"}
