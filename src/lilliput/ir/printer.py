"""Graph -> text for people and golden files: the same graph, the same text, weights as a few values and a checksum."""

import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir.graph import Graph
from lilliput.ir.node import Node
from lilliput.ir.origin import Origin
from lilliput.ir.quantization import Quantization
from lilliput.ir.tensor import Tensor

_PRINTED_IN_FULL = 8
_PRINTED_AT_START = 3
_NAME_END = 24


def print_graph(graph: Graph) -> str:
    """The graph's text: one line per tensor in index order, then one per node in execution order.

    `%3` is tensor 3, `-` an absent input, `conv_2d.3` version 3 of the operator; scales are shown as the shortest
    decimals that give the same float32.
    """
    lines = [f"graph {graph.source.name}: {_names(graph.inputs)} -> {_names(graph.outputs)}"]
    lines += [f"warning: {warning}" for warning in graph.source.warnings]
    lines += ["", *(_tensor(index, tensor) for index, tensor in enumerate(graph.tensors))]
    lines += ["", *(_node(node) for node in graph.nodes)]
    return "\n".join(lines) + "\n"


def _names(tensors: Iterable[int]) -> str:
    return f"({', '.join(f'%{index}' if index >= 0 else '-' for index in tensors)})"


def _tensor(index: int, tensor: Tensor) -> str:
    shape = ",".join(map(str, tensor.shape))
    parts = [f'%{index} "{_shorten(tensor.name)}" {tensor.dtype.value.lower()}[{shape}]']
    if tensor.quantization is not None:
        parts.append(_quantization(tensor.quantization))
    if tensor.is_variable:
        parts.append("variable")
    if tensor.data is not None:
        parts.append(f"= {print_values(tensor.data)}")
    return " ".join(parts) + _transforms(tensor.origin)


def _shorten(name: str) -> str:
    """Both ends of a long name: converters join the names of everything that they fused."""
    return name if len(name) <= 2 * _NAME_END else f"{name[:_NAME_END]}...{name[-_NAME_END:]}"


def _quantization(quantization: Quantization) -> str:
    if quantization.per_tensor:
        scale = str(np.float32(quantization.scale))
        return f"scale {scale} zero point {quantization.zero_point}"
    scales = print_values(np.array(quantization.scales, np.float32))
    zero_points = print_values(np.array(quantization.zero_points, np.int64)) if any(quantization.zero_points) else "0"
    return f"scales {scales} zero points {zero_points} along {quantization.axis}"


def print_values(values: NDArray[Any]) -> str:
    """Up to eight values in full, otherwise the first three, the size and the CRC-32 of the little-endian bytes."""
    flat = values.ravel()
    if flat.size <= _PRINTED_IN_FULL:
        return f"{{ {', '.join(str(value) for value in flat)} }}" if flat.size else "{}"
    start = ", ".join(str(value) for value in flat[:_PRINTED_AT_START])
    content = flat.astype(flat.dtype.newbyteorder("<")).tobytes()
    return f"{{ {start}, ... {len(content)} bytes, crc32 {zlib.crc32(content):08x} }}"


def _node(node: Node) -> str:
    options = ", ".join(f"{name} = {value!r}" for name, value in node.options.items())
    call = f"{_names(node.outputs)} = {node.operator}.{node.version} {_names(node.inputs)}"
    return f"{call}{f' {{ {options} }}' if options else ''}{_transforms(node.origin)}"


def _transforms(origin: Origin) -> str:
    return f" by {', '.join(origin.transforms)}" if origin.transforms else ""
