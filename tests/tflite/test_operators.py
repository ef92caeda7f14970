from pathlib import Path

import pytest

import tflite
from lilliput.ir import Graph
from lilliput.tflite import read, read_bytes, write
from lilliput.tflite.operators import operator_code, operator_name, options_class
from tests.tflite.small_model import computed, graph_of, node


def numbers_of(enumeration: type) -> dict[str, int]:
    return {name: number for name, number in vars(enumeration).items() if isinstance(number, int)}


def test_every_operator_of_the_schema_has_a_name_that_leads_back_to_it() -> None:
    codes = numbers_of(tflite.BuiltinOperator).values()
    names = [operator_name(code, "Own") for code in codes]
    assert len(set(names)) == len(names)
    assert [operator_code(name)[0] for name in names] == list(codes)


@pytest.mark.parametrize(
    ("code", "name"), [(3, "conv_2d"), (32, "custom:Own"), (-5, "unknown:-5"), (999, "unknown:999")]
)
def test_operators_have_the_schema_s_names(code: int, name: str) -> None:
    assert operator_name(code, "Own") == name
    assert operator_code(name) == (code, "Own" if code == 32 else "")


def test_every_options_table_of_the_schema_belongs_to_an_operator() -> None:
    unions = {"BuiltinOptions": tflite.BuiltinOptions, "BuiltinOptions2": tflite.BuiltinOptions2}
    tables = {(name, number) for name, union in unions.items() for number in numbers_of(union).values() if number}
    assert tables == {options_class(name.lower()) for name in numbers_of(tflite.BuiltinOperator)} - {("", 0)}


def one_operator(operator: str) -> Graph:
    return graph_of([computed("x", (1,)), computed("y", (1,))], [node(operator, (0,), (1,))])


def test_no_operator_of_the_shared_models_has_options_that_are_not_read(shared_models: Path) -> None:
    for path in shared_models.glob("*.tflite"):
        assert not [warning for warning in read(path).source.warnings if "options" in warning], path.name


def test_an_operator_without_options_has_none() -> None:
    assert not read_bytes(write(one_operator("relu")), "relu").nodes[0].options
