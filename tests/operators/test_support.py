"""The tuple of operators: it agrees with the folders, with the rules' texts and with the random cases."""

from pathlib import Path

import pytest

from lilliput import operators
from lilliput.operators import support
from lilliput.operators.operator import Operator
from lilliput.tflite.operators import operator_code
from tests.cases.random_cases import RANDOM_CASES

FOLDER = Path(operators.__file__).parent
NEVER_ALONE = {"shape"}
"""Operators that become constants; the random case "shape_chain" has them."""

every_operator = pytest.mark.parametrize("operator", operators.ALL, ids=lambda operator: operator.name)


def test_every_folder_is_an_operator_and_every_operator_a_folder() -> None:
    folders = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    assert folders == {operator.name for operator in operators.ALL}


def test_operators_stand_in_the_order_of_their_class_names() -> None:
    names = [type(operator).__name__ for operator in operators.ALL]
    assert names == sorted(names)


def test_no_file_can_hold_the_operators_that_transforms_make() -> None:
    for operator in operators.MADE:
        with pytest.raises(KeyError):
            operator_code(operator.name)


@every_operator
def test_every_operator_has_random_cases(operator: Operator) -> None:
    assert operator.name in RANDOM_CASES.keys() | NEVER_ALONE


@every_operator
def test_a_rule_is_one_sentence(operator: Operator) -> None:
    for rule in (*operator.rules, *operator.consistency):
        assert rule.__doc__
        assert rule.__doc__.endswith(".")
        assert "\n" not in support.sentence(rule)
