"""Random graphs for properties: branches, views of views, in-place chains, several outputs, unused tensors."""

from hypothesis import strategies as st

from lilliput.ir import DType, Graph
from tests.planning.small_graphs import Description, graph, image, slide, tensor

_DTYPES = st.sampled_from([DType.INT8, DType.INT8, DType.INT16, DType.INT32])


@st.composite
def graphs(draw: st.DrawFn, max_nodes: int = 12) -> Graph:
    """A graph whose nodes read any earlier tensors; small sizes, so that in-place and packing matter."""
    tensors = [tensor(index, draw(st.integers(1, 6)), draw(_DTYPES)) for index in range(draw(st.integers(1, 3)))]
    inputs = tuple(range(len(tensors)))
    tensors.append(tensor(len(tensors), 4, constant=True))
    tensors.append(tensor(len(tensors), 4, variable=True))
    nodes: list[Description] = []
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


@st.composite
def row_graphs(draw: st.DrawFn, max_nodes: int = 9) -> Graph:
    """Networks over one image that work row by row nearly everywhere: strides, padding, residuals, several outputs."""
    tensors = [image(0, draw(st.integers(1, 12)), draw(st.integers(1, 9)))]
    nodes: list[Description] = []
    for _ in range(draw(st.integers(1, max_nodes))):
        # Mostly the newest tensor: chains with some branches.
        source = len(tensors) - 1 - draw(st.sampled_from([0, 0, 0, 0, 0, 1, 2, 3])) % len(tensors)
        if len(tensors[source].shape) != 4:
            break
        _, rows, row_bytes, _ = tensors[source].shape
        target = len(tensors)
        kind = draw(st.sampled_from(["slide", "slide", "slide", "point", "point", "stretch", "total", "layer"]))
        made = image(target, rows, row_bytes)
        node: Description = (kind, (source,), (target,))
        if kind == "slide":
            top, extent, stride = (draw(st.integers(0, 2)), draw(st.integers(1, 4)), draw(st.integers(1, 3)))
            made = image(target, draw(st.integers(1, max(1, (rows + top) // stride))), draw(st.integers(1, 9)))
            node = slide(source, target, stride, top, extent)
        elif kind == "point":
            alike = [index for index, each in enumerate(tensors) if each.shape == made.shape]
            node = (kind, tuple(dict.fromkeys((source, draw(st.sampled_from(alike))))), (target,))
        elif kind == "stretch":
            made = image(target, draw(st.integers(1, 2 * rows)), row_bytes)
        elif kind == "total":
            made = tensor(target, (1, row_bytes))
        tensors.append(made)
        nodes.append(node)
    outputs = draw(st.lists(st.integers(1, len(tensors) - 1), max_size=2)) if len(tensors) > 1 else []
    return graph(tensors, nodes, (0,), tuple(dict.fromkeys((len(tensors) - 1, *outputs))))
