"""Constants of the generated file: equal ones are stored once, and every symbol has one meaning."""

import numpy as np

from lilliput.codegen.csource import Label, Part
from lilliput.codegen.definitions import Definitions
from lilliput.operators.operator import Constant, ConstantKind
from tests.cases.builder import GraphBuilder


def constant(values: list[int], dtype: str = "int8", *, shared: bool = False, name: str = "weights") -> Constant:
    return Constant(name, np.array(values, dtype), ConstantKind.WEIGHTS, shared)


def definitions() -> Definitions:
    builder = GraphBuilder()
    builder.node("relu", (builder.input((1, 4), scale=1.0),), builder.computed((1, 4), scale=1.0))
    return Definitions(builder.graph())


def test_equal_constants_of_several_nodes_are_stored_once() -> None:
    text = definitions()
    text.structure("node00", "layer", {"weights": constant([1, 2, 3])}, 0)
    text.structure("node01", "layer", {"weights": constant([1, 2, 3])}, 1)
    assert text.symbols["node00_weights"] == Label(Part.WEIGHTS, "weights", 0)
    assert "node01_weights" not in text.symbols
    assert text.constant_bytes[ConstantKind.WEIGHTS] == 3


def test_constants_of_other_types_or_values_are_stored_apart() -> None:
    text = definitions()
    for node, each in enumerate(
        (constant([1, 2]), constant([1, 3]), constant([1, 2], "int16"), constant([513], "int16"))
    ):
        text.structure(f"node{node:02d}", "layer", {"weights": each}, node)
    assert [symbol for symbol in text.symbols if symbol.endswith("weights")] == [
        f"node{node:02d}_weights" for node in range(4)
    ]


def test_different_tables_of_one_name_are_numbered() -> None:
    text = definitions()
    for values in ([1, 2], [3, 4], [1, 2], [5, 6]):
        text.structure(
            f"node{len(text.symbols):02d}", "layer", {"table": constant(values, shared=True, name="code")}, 0
        )
    assert [symbol for symbol in text.symbols if symbol.startswith("code")] == ["code", "code_2", "code_3"]
