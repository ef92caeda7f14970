"""Float graph + ranges -> graph of integers: every tensor in its form, QUANTIZE where a reader wants another one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lilliput.ir import DType, Graph, Node, Quantization
from lilliput.ir.subgraph import subgraph
from lilliput.quantize.forms import Form, node_type, tensor_forms
from lilliput.quantize.layers import Constants
from lilliput.quantize.options import QuantizeOptions, Range
from lilliput.quantize.ranges import ends
from lilliput.quantize.scales import activation_quantization, quantize_values
from lilliput.quantize.scheme import QUANTIZE_VERSIONS, SCHEMES, is_real, real_inputs

LayerSource = Callable[[Node, Form], Constants]
"""The constants of a layer whose input has a form."""


class IntegerGraph:
    """The graph in the making: tensors of the float graph keep their indices, others come behind them."""

    def __init__(
        self, graph: Graph, ranges: Mapping[int, Range], options: QuantizeOptions, layers: LayerSource
    ) -> None:
        self._graph, self._ranges, self._options, self._layers = graph, ranges, options, layers
        self._forms = tensor_forms(graph, ranges, options)
        self._tensors = list(graph.tensors)
        self._nodes: list[Node] = []
        self._made: dict[tuple[int, Form], int] = {}
        for index, form in self._forms.items():
            self._tensors[index] = replace(graph.tensors[index], dtype=form.dtype, quantization=form.quantization)

    def made(self) -> Graph:
        """The finished graph, which still has the float constants that nothing reads any more."""
        for node in self._graph.nodes:
            self._nodes.append(self._integer_node(node) if is_real(self._graph, node) else node)
        return replace(self._graph, tensors=tuple(self._tensors), nodes=tuple(self._nodes))

    def _integer_node(self, node: Node) -> Node:
        dtype, scheme = node_type(node, self._options), SCHEMES[node.operator]
        inputs = list(node.inputs)
        for position in real_inputs(self._graph, node):
            inputs[position] = self._read(node, node.inputs[position], dtype)
        if scheme.weights is not None:
            source = self._tensors[inputs[0]]
            form = Form(dtype, source.quantization or Quantization((1.0,), (0,)))
            for position, (kind, values, quantization) in self._layers(node, form).items():
                inputs[position] = self._constant(node.inputs[position], kind, values, quantization)
        options = node.options
        if "pot_scale_int16" in options:
            options = MappingProxyType({**options, "pot_scale_int16": False})
        version = max(node.version, scheme.versions[dtype is DType.INT16])
        return replace(node, inputs=tuple(inputs), options=options, version=version)

    def _read(self, node: Node, index: int, dtype: DType) -> int:
        """The tensor at `index` as the node reads it."""
        form = self._wanted(node, index, dtype)
        if self._forms.get(index) == form:
            return index
        if (index, form) not in self._made:
            data = self._graph.tensors[index].data
            if data is not None:
                stored = quantize_values(data, form.quantization, form.dtype)
                self._made[index, form] = self._constant(index, form.dtype, stored, form.quantization)
            else:
                self._made[index, form] = self._requantized(node, index, form)
        return self._made[index, form]

    def _wanted(self, node: Node, index: int, dtype: DType) -> Form:
        if SCHEMES[node.operator].keeps_scale:
            return self._forms[node.outputs[0]]
        known = self._forms.get(index)
        if known is not None and known.dtype is dtype:
            return known
        values = self._graph.tensors[index].data
        if values is not None:
            return Form(dtype, activation_quantization(ends(values), dtype))
        return Form(dtype, activation_quantization(self._ranges[index], dtype))

    def _requantized(self, node: Node, index: int, form: Form) -> int:
        tensor = self._tensors[index]
        name = f"{tensor.name}/{form.dtype.value.lower()}"
        self._tensors.append(replace(tensor, name=name, dtype=form.dtype, quantization=form.quantization))
        version = QUANTIZE_VERSIONS[DType.INT16 in (tensor.dtype, form.dtype)]
        self._nodes.append(Node("quantize", version, (index,), (len(self._tensors) - 1,), node.origin))
        return len(self._tensors) - 1

    def _constant(self, index: int, dtype: DType, values: NDArray[Any], quantization: Quantization) -> int:
        float_tensor = self._graph.tensors[index]
        values = np.ascontiguousarray(values).reshape(float_tensor.shape)
        values.setflags(write=False)
        stored = replace(float_tensor, dtype=dtype, data=values, quantization=quantization)
        if self._tensors[index] is float_tensor:
            self._tensors[index] = stored
            return index
        self._tensors.append(stored)
        return len(self._tensors) - 1


def without_unread(graph: Graph) -> Graph:
    """Only the tensors that something reads or writes."""
    used: set[int] = {*graph.inputs, *graph.outputs}
    for node in graph.nodes:
        used.update(index for index in (*node.inputs, *node.outputs) if index >= 0)
    return subgraph(graph, used, graph.nodes, graph.inputs, graph.outputs)
