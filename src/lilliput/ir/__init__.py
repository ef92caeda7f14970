"""The graph that every stage works on: frozen values, checked after every transform."""

from lilliput.ir.graph import Graph, Source
from lilliput.ir.node import Node, OptionValue
from lilliput.ir.origin import Origin
from lilliput.ir.quantization import Quantization
from lilliput.ir.tensor import DType, Tensor

__all__ = ["DType", "Graph", "Node", "OptionValue", "Origin", "Quantization", "Source", "Tensor"]
