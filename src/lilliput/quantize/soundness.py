"""Float graph -> None, or an error where nodes contradict their tensors: interpreters trust them.

What operators ask of a sound file is written down for integers, so the graph is checked as if its ranges were known.
"""

from lilliput import transforms
from lilliput.errors import ModelError
from lilliput.ir import DType, Graph, Node
from lilliput.operators import support
from lilliput.quantize.forms import Form
from lilliput.quantize.integers import IntegerGraph
from lilliput.quantize.layers import Constants, layer_constants
from lilliput.quantize.options import QuantizeOptions
from lilliput.quantize.scheme import BIAS, SCHEMES, WEIGHTS, is_real

_ANY_RANGE = (-1.0, 1.0)
_ADVICE = "Convert the model again; a converter would not write this"


def require_sound(graph: Graph) -> None:
    """Accept what `refuse` has let pass, contradicts itself nowhere and, in int8, could be compiled.

    Raises UnsupportedError for the latter.
    """
    for node in graph.nodes:
        if is_real(graph, node):
            _check_layer(graph, node)

    def constants(node: Node, form: Form) -> Constants:
        return layer_constants(graph, node, form.quantization.scale, None, DType.INT32)

    ranges = dict.fromkeys(range(len(graph.tensors)), _ANY_RANGE)
    integers = IntegerGraph(graph, ranges, QuantizeOptions(), constants).made()
    support.check(transforms.apply(integers))


def _check_layer(graph: Graph, node: Node) -> None:
    """The constants of a layer must be what scales can be found for."""
    weights = SCHEMES[node.operator].weights
    if weights is None:
        return
    axis = weights.axis or 0
    shape = graph.input(node, WEIGHTS).shape
    bias = graph.optional_input(node, BIAS)
    channels = shape[axis] if axis < len(shape) and 0 not in shape else 0
    if not channels or (bias is not None and bias.shape != (channels,)):
        place = f"operator {node.origin.index} {node.operator.upper()}"
        fact = f"{place} contradicts itself: weights {list(shape)}, bias {None if bias is None else list(bias.shape)}"
        raise ModelError(fact, graph.source.name, _ADVICE)
