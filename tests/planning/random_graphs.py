"""Random graphs for properties: branches, views of views, parts of parts, in-place chains, several outputs."""

from collections.abc import Sequence

from hypothesis import strategies as st

from lilliput.ir import DType, Graph, Tensor
from tests.planning.small_graphs import Description, cut, graph, image, slide, tensor

_DTYPES = st.sampled_from([DType.INT8, DType.INT8, DType.INT16, DType.INT32])
_LARGEST_ELEMENTS = 50
"""Of what is joined and cut further."""


@st.composite
def graphs(draw: st.DrawFn, max_nodes: int = 12) -> Graph:
    """A graph whose nodes read any earlier tensors; small sizes, so that in-place and packing matter."""
    tensors = [tensor(index, draw(st.integers(1, 6)), draw(_DTYPES)) for index in range(draw(st.integers(1, 3)))]
    inputs = tuple(range(len(tensors)))
    tensors.append(tensor(len(tensors), 4, constant=True))
    tensors.append(tensor(len(tensors), 4, variable=True))
    nodes: list[Description] = []
    for _ in range(draw(st.integers(0, max_nodes))):
        operator = draw(st.sampled_from(["layer", "add", "add", "first", "reshape", "join", "join", "cut", "unknown"]))
        reads = tuple(draw(st.lists(st.integers(-1, len(tensors) - 1), min_size=1, max_size=3)))
        source = tensors[max(0, reads[0])]
        if operator in ("join", "cut") and source.elements < _LARGEST_ELEMENTS:
            node, made = draw(_join(tensors, source) if operator == "join" else _cut(tensors, source))
            tensors += made
            nodes.append(node)
            continue
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
def _join(draw: st.DrawFn, tensors: Sequence[Tensor], first: Tensor) -> tuple[Description, list[Tensor]]:
    """Up to three tensors of the same type one after the other, now and then one of them twice."""
    alike = [index for index, each in enumerate(tensors) if each.dtype is first.dtype]
    parts = (tensors.index(first), *draw(st.lists(st.sampled_from(alike), max_size=2)))
    elements = sum(tensors[index].elements for index in parts)
    return ("join", parts, (len(tensors),)), [tensor(len(tensors), elements, first.dtype)]


@st.composite
def _cut(draw: st.DrawFn, tensors: Sequence[Tensor], source: Tensor) -> tuple[Description, list[Tensor]]:
    """One or two neighbouring slices of a tensor, now and then all of it."""
    first = draw(st.integers(0, source.elements - 1))
    elements = [draw(st.integers(1, source.elements - first))]
    left = source.elements - first - elements[0]
    if left and draw(st.booleans()):
        elements.append(draw(st.integers(1, left)))
    made = [tensor(len(tensors) + number, each, source.dtype) for number, each in enumerate(elements)]
    targets = tuple(range(len(tensors), len(tensors) + len(made)))
    return cut(tensors.index(source), targets, first * source.dtype.bits // 8), made


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
