"""Nodes: one operator applied to tensors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lilliput.ir.origin import Origin

OptionValue = int | float | bool | str | bytes | tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An operator with its operands.

    `operator` is TFLite's name in snake case ("conv_2d"; a custom operator is "custom:NAME"). `inputs` and `outputs`
    are indices into `Graph.tensors`; -1 stands for an optional input that is absent. `options` has the fields of the
    operator's builtin options table in snake case ("stride_h"), enumerations as their numbers.
    """

    operator: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    origin: Origin
    options: Mapping[str, OptionValue] = field(default_factory=lambda: MappingProxyType({}))

    def option(self, name: str) -> int:
        """The integer option `name`; 0, the schema's default, when the file leaves it out."""
        value = self.options.get(name, 0)
        if not isinstance(value, int):
            raise TypeError(f"option {name} is {type(value).__name__}, not an integer")
        return value
