"""Operators in the file format: names, and options read and written by reflection over the `tflite` package.

No operator is named here but where the schema gives several operators one options table, so a new operator needs no
change.
"""

import inspect
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, SimpleNamespace
from typing import Any

import tflite
from lilliput.errors import InvariantError
from lilliput.ir import OptionValue
from lilliput.tflite.builder import SharingBuilder
from lilliput.tflite.tables import Tables
from lilliput.tflite.warnings import Warnings

_CUSTOM = tflite.BuiltinOperator.CUSTOM
_CUSTOM_OPTIONS = "custom_options"
_PLACEHOLDER = tflite.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES
_CODES: Mapping[str, int] = {
    name.lower(): code
    for name, code in vars(tflite.BuiltinOperator).items()
    if isinstance(code, int) and code not in (_CUSTOM, _PLACEHOLDER)
}
_NAMES = {code: name for name, code in _CODES.items()}


def _numbered(union: type) -> dict[int, str]:
    return {number: name for name, number in vars(union).items() if isinstance(number, int) and number}


_UNIONS = ("BuiltinOptions", "BuiltinOptions2")
_OPTION_CLASSES = {union: _numbered(getattr(tflite, union)) for union in _UNIONS}
_SHARED_OPTIONS = {
    "average_pool_2d": "Pool2DOptions", "l2_pool_2d": "Pool2DOptions", "max_pool_2d": "Pool2DOptions",
    "mean": "ReducerOptions", "sum": "ReducerOptions", "reduce_all": "ReducerOptions", "reduce_any": "ReducerOptions",
    "reduce_max": "ReducerOptions", "reduce_min": "ReducerOptions", "reduce_prod": "ReducerOptions",
    "maximum": "MaximumMinimumOptions", "minimum": "MaximumMinimumOptions", "l2_normalization": "L2NormOptions",
    "unidirectional_sequence_rnn": "SequenceRNNOptions", "conv_3d_transpose": "Conv3DOptions",
    "random_standard_normal": "RandomOptions", "random_uniform": "RandomOptions", "multinomial": "RandomOptions",
}  # fmt: skip


def operator_name(code: int, custom_name: str) -> str:
    """The name of a builtin operator code: "conv_2d", "custom:NAME", or "unknown:NNN" for codes newer than ours."""
    return f"custom:{custom_name}" if code == _CUSTOM else _NAMES.get(code, f"unknown:{code}")


def operator_code(name: str) -> tuple[int, str]:
    """The builtin operator code and the custom name of `operator_name`'s result."""
    kind, _, rest = name.partition(":")
    if kind == "custom":
        return _CUSTOM, rest
    return (int(rest) if kind == "unknown" else _CODES[name]), ""


def read_options(tables: Tables, name: str, operator: Any, where: str, warnings: Warnings) -> Mapping[str, OptionValue]:
    """The fields of an operator's options table in snake case, schema defaults filled in; tables in it are left out.

    The options table of another operator is not read, as the interpreters do; that makes a warning.
    """
    options: dict[str, OptionValue] = {}
    for union, classes in _OPTION_CLASSES.items():
        number = getattr(operator, f"{union}Type")()
        pointer = getattr(operator, union)()
        if not number or pointer is None:
            continue
        if (union, number) != options_class(name):
            warnings.add(where, "has options of another operator, which are not read")
            continue
        table = getattr(tflite, classes[number])()
        table.Init(pointer.Bytes, pointer.Pos)
        options.update(_read_fields(tables, table))
    custom = tables.array(operator, "CustomOptions")
    if custom is not None:
        options[_CUSTOM_OPTIONS] = custom.tobytes()
    return MappingProxyType(options)


def _read_fields(tables: Tables, table: Any) -> dict[str, OptionValue]:
    options: dict[str, OptionValue] = {}
    for name, (field, is_vector) in _fields(type(table)).items():
        value = tables.numbers(table, field) if is_vector else getattr(table, field)()
        if isinstance(value, bytes):
            value = tables.text(value)
        if isinstance(value, int | float | str | tuple):
            options[name] = value
    return options


@cache
def _fields(table_class: type) -> Mapping[str, tuple[str, bool]]:
    """Snake-case name -> (accessor, whether it is a vector of numbers) of a generated class."""
    methods = {name: method for name, method in vars(table_class).items() if inspect.isfunction(method)}
    fields: dict[str, tuple[str, bool]] = {}
    for name, method in methods.items():
        parameters = method.__code__.co_argcount
        is_vector = parameters == 2 and f"{name}AsNumpy" in methods
        is_vector_part = re.sub(r"(AsNumpy|Length|IsNone)$", "", name) in methods.keys() - {name}
        if is_vector or (parameters == 1 and not is_vector_part):
            fields[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()] = (name, is_vector)
    return fields


@cache
def options_class(operator: str) -> tuple[str, int]:
    """(union, number in it) of an operator's options table; ("", 0) for operators without one."""
    wanted = _SHARED_OPTIONS.get(operator, operator.replace("_", "") + "Options").lower()
    for union, classes in _OPTION_CLASSES.items():
        for number, class_name in classes.items():
            if class_name.lower() == wanted:
                return union, number
    return "", 0


def write_options(builder: SharingBuilder, operator: str, options: Mapping[str, OptionValue]) -> dict[str, int]:
    """Write an operator's options; returns the fields of the Operator table that hold them.

    Nothing is written when there are none. Raises InvariantError for options that the operator does not have.
    """
    named = dict(options)
    fields: dict[str, int] = {}
    custom = named.pop(_CUSTOM_OPTIONS, None)
    if isinstance(custom, bytes):
        fields["CustomOptions"] = builder.content(custom)
    if named:
        union, number = options_class(operator)
        if not number:
            raise InvariantError(f"{operator} has no options, not {', '.join(named)}")
        fields[f"{union}Type"] = number
        fields[union] = _write_fields(builder, _OPTION_CLASSES[union][number], named)
    return fields


def _write_fields(builder: SharingBuilder, class_name: str, options: Mapping[str, OptionValue]) -> int:
    accessors = _fields(getattr(tflite, class_name))
    if unknown := options.keys() - accessors.keys():
        raise InvariantError(f"{class_name} has no {', '.join(sorted(unknown))}")
    fields: dict[str, Any] = {}
    for name, value in options.items():
        field, is_vector = accessors[name]
        if is_vector:
            assert isinstance(value, tuple)
            fields[field] = builder.numbers(value, _element_type(class_name, field, value))
        else:
            fields[field] = builder.text(value) if isinstance(value, str) else value
    return builder.table(class_name, fields)


def _first(element_bytes: int, *_: int) -> int:
    return element_bytes


def _element_type(class_name: str, field: str, values: Any) -> str:
    """The numpy type of a vector field: the generated code tells the element's size to the builder and nobody else."""
    start_vector = getattr(tflite, f"{class_name}Start{field}Vector")
    size = start_vector(SimpleNamespace(StartVector=_first), 0)
    return f"<{'f' if any(isinstance(value, float) for value in values) else 'i'}{size}"
