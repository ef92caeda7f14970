"""Graph -> the part before its final SOFTMAX or LOGISTIC, whose saturated bytes would hide what differs before."""

from lilliput import tflite
from lilliput.ir import Graph
from lilliput.operators import support

_SATURATING = ("softmax", "logistic")


def before_saturation(graph: Graph) -> Graph | None:
    """The model cut before the SOFTMAX and LOGISTIC nodes that make its outputs; None when there are none."""
    makers = {tensor: node for node in graph.nodes for tensor in node.outputs}

    def cut_at(tensor: int) -> int:
        maker = makers.get(tensor)
        while maker is not None and (viewed := support.viewed(graph, maker)) is not None:
            maker = makers.get(viewed)
        return maker.inputs[0] if maker is not None and maker.operator in _SATURATING else tensor

    cuts = tuple(dict.fromkeys(cut_at(tensor) for tensor in graph.outputs))
    if set(cuts) == set(graph.outputs) or set(cuts) & set(graph.inputs):
        return None
    return tflite.cut(graph, cuts)
