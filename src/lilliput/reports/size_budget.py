"""Spendings -> a table for people and the list `budget` of `lilliput size --json`: what each limit has left."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from lilliput.firmware.budget import Spending
from lilliput.reports.column_chart import bar
from lilliput.reports.columns import Column
from lilliput.reports.size_table import SizeTable, print_table

_BAR_WIDTH = 20


def print_budget(spendings: Sequence[Spending], console: Console) -> None:
    """Print a table with one line for each limit, in red where it is exceeded."""
    limits = [each.limit.limit_bytes for each in spendings]
    ascii_only = console.options.ascii_only
    bars = [
        bar(min(each.used_bytes, limit), limit, _BAR_WIDTH, ascii_only=ascii_only)
        for each, limit in zip(spendings, limits, strict=True)
    ]
    styles = ["red" if each.excess_bytes else "" for each in spendings]
    left = [limit - each.used_bytes for each, limit in zip(spendings, limits, strict=True)]
    columns = (
        Column("limit", [each.limit.title for each in spendings], gives_way=True, styles=styles),
        Column("used", [f"{each.used_bytes:,}" for each in spendings], "right", styles=styles),
        Column("of", [f"{limit:,}" for limit in limits], "right", styles=styles),
        Column("left", [f"{each:,}" for each in left], "right", styles=styles),
        Column("", bars, styles=styles),
    )
    print_table(SizeTable("Budgets", columns), console)


def budget_json(spendings: Sequence[Spending]) -> list[dict[str, Any]]:
    """Every limit with what is used of it and all who contribute, largest first."""
    return [
        {
            "scope": each.limit.scope.value,
            "name": each.limit.name,
            "memory": each.limit.memory,
            "limit_bytes": each.limit.limit_bytes,
            "used_bytes": each.used_bytes,
            "excess_bytes": each.excess_bytes,
            "contributors": [{"name": one.name, "bytes": one.size_bytes} for one in each.contributors],
        }
        for each in spendings
    ]
