"""Random one-operator models that TFLM accepts, one function for each operator: a case is (operator, seed)."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from lilliput.ir import Graph
from tests.cases import elementwise, layers, movement

RANDOM_CASES: Mapping[str, Callable[[Generator], Graph]] = {
    function.__name__: function
    for function in (
        layers.conv_2d, layers.depthwise_conv_2d, layers.fully_connected, layers.average_pool_2d, layers.max_pool_2d,
        layers.mean, elementwise.softmax, elementwise.logistic, elementwise.tanh, elementwise.relu, elementwise.relu6,
        elementwise.add, elementwise.sub, elementwise.mul, elementwise.quantize, elementwise.dequantize, movement.pad,
        movement.padv2, movement.reshape, movement.squeeze, movement.expand_dims, movement.transpose,
        movement.concatenation, movement.pack, movement.split, movement.strided_slice, movement.resize_nearest_neighbor,
        movement.shape_chain,
    )
}  # fmt: skip
"""Operator in snake case (and "shape_chain") -> function that draws a graph."""


def random_case(operator: str, seed: int) -> Graph:
    """The random model number `seed` of an operator, the same one on every machine."""
    return RANDOM_CASES[operator](np.random.Generator(np.random.PCG64(seed)))
