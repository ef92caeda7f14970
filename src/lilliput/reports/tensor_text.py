"""Tensors in words, and the tables without lines that they stand in."""

from typing import Literal

from rich.table import Table
from rich.text import Text

from lilliput.ir import Tensor


def shape_of(tensor: Tensor) -> str:
    """The shape as 1x96x96x3."""
    return "x".join(map(str, tensor.shape)) or "scalar"


def type_of(tensor: Tensor) -> str:
    """The element type in lower case."""
    return tensor.dtype.value.lower()


def short_name(name: str) -> str:
    """The first of the names that a converter joined for everything that it fused."""
    return name.partition(";")[0]


def name_of(tensor: Tensor) -> Text:
    """The short name, cut where there is no room."""
    return Text(short_name(tensor.name), style="dim", overflow="ellipsis", no_wrap=True)


def byte_count(count: int) -> str:
    """`1 byte`, `1,024 bytes`."""
    return f"{count:,} byte{'' if count == 1 else 's'}"


def grid(*justify: Literal["left", "right"]) -> Table:
    """A table without headings; its last column gives way where the width does not suffice."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for position, each in enumerate(justify):
        table.add_column(justify=each, no_wrap=position < len(justify) - 1)
    return table
