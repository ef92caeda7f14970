"""Random graphs for properties: branches, views of views, in-place chains, several outputs, unused tensors."""

from hypothesis import strategies as st

from lilliput.ir import DType, Graph
from tests.planning.small_graphs import graph, tensor

_DTYPES = st.sampled_from([DType.INT8, DType.INT8, DType.INT16, DType.INT32])


@st.composite
def graphs(draw: st.DrawFn, max_nodes: int = 12) -> Graph:
    """A graph whose nodes read any earlier tensors; small sizes, so that in-place and packing matter."""
    tensors = [tensor(index, draw(st.integers(1, 6)), draw(_DTYPES)) for index in range(draw(st.integers(1, 3)))]
    inputs = tuple(range(len(tensors)))
    tensors.append(tensor(len(tensors), 4, constant=True))
    tensors.append(tensor(len(tensors), 4, variable=True))
    nodes: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
    for _ in range(draw(st.integers(0, max_nodes))):
        operator = draw(st.sampled_from(["layer", "add", "add", "first", "reshape", "unknown"]))
        reads = tuple(draw(st.lists(st.integers(-1, len(tensors) - 1), min_size=1, max_size=3)))
        source = tensors[max(0, reads[0])]
        if operator in ("add", "first", "reshape"):
            reads = (max(0, reads[0]), *reads[1:])
            made = [(source.elements, source.dtype)]
        else:
            made = [(draw(st.integers(1, 6)), draw(_DTYPES)) for _ in range(draw(st.integers(1, 2)))]
        writes = tuple(range(len(tensors), len(tensors) + len(made)))
        tensors += [tensor(index, *shape) for index, shape in zip(writes, made, strict=True)]
        nodes.append((operator, reads, writes))
    outputs = draw(st.lists(st.sampled_from(range(len(tensors))), min_size=1, max_size=3))
    return graph(tensors, nodes, inputs, tuple(outputs))
