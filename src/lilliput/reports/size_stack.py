"""StackBounds and Reserved -> tables of stacks, what is not known of them and reserved RAM, and the same for JSON."""

from collections.abc import Sequence

from lilliput.firmware.ram.functions import Reason
from lilliput.firmware.ram.reserved import Reserved
from lilliput.firmware.ram.stack import StackBound
from lilliput.firmware.saved_report import Json
from lilliput.reports.columns import Column
from lilliput.reports.size_table import SizeTable

_AND_MORE = " + ?"
_MOST_CAUSES = 3


def stack_table(stacks: Sequence[StackBound]) -> SizeTable:
    """The worst-case stack of each entry point; "+ ?" where something that it depends on is not known."""
    return SizeTable(
        "Worst-case stack",
        (
            Column("entry point", [each.entry.name for each in stacks]),
            Column("run by", [_run_by(each) for each in stacks], gives_way=True),
            Column("bytes", [_bytes(each) for each in stacks], "right"),
            Column("pushed by\nprocessor", [f"{each.pushed_bytes:,}" for each in stacks], "right"),
            Column("deepest chain of calls", [" > ".join(each.bound.chain) for each in stacks], gives_way=True),
        ),
    )


def unknown_table(stacks: Sequence[StackBound]) -> SizeTable:
    """What the stacks depend on and nobody knows, by entry point and reason."""
    rows = [(each.entry.name, reason, names) for each in stacks for reason, names in _unknown_functions(each).items()]
    return SizeTable(
        "Not known of the worst-case stack",
        (
            Column("entry point", [entry for entry, _, _ in rows]),
            Column("because a function", [reason.value for _, reason, _ in rows]),
            Column("functions", [str(len(names)) for _, _, names in rows], "right"),
            Column("which", [", ".join(names) for _, _, names in rows], gives_way=True),
        ),
    )


def reserved_table(areas: Sequence[Reserved]) -> SizeTable:
    """RAM that is set aside for heaps and stacks."""
    return SizeTable(
        "Reserved for heaps and stacks",
        (
            Column("for", [each.purpose.value for each in areas]),
            Column("address", ["" if each.address is None else f"{each.address:#010x}" for each in areas]),
            Column("bytes", [f"{each.size_bytes:,}" for each in areas], "right"),
            Column("of it in\nstatic RAM", [f"{each.static_bytes:,}" for each in areas], "right"),
            Column("named by", [each.name for each in areas], gives_way=True),
        ),
    )


def stacks_json(stacks: Sequence[StackBound]) -> list[Json]:
    """Each entry point with its stack, the chain that reaches it and all that is not known."""
    return [
        {
            "entry": each.entry.name,
            "address": each.entry.address,
            "kind": each.entry.kind.value,
            "causes": list(each.entry.causes),
            "stack_bytes": each.stack_bytes,
            "pushed_bytes": each.pushed_bytes,
            "exact": each.exact,
            "chain": list(each.bound.chain),
            "unknowns": [
                {
                    "reason": unknown.reason.name.lower(),
                    "function": unknown.function,
                    "address": unknown.address,
                    "others": list(unknown.others),
                }
                for unknown in each.bound.unknowns
            ],
        }
        for each in stacks
    ]


def reserved_json(areas: Sequence[Reserved]) -> list[Json]:
    """Each reserved area; `address` is null where only a size is known."""
    return [
        {
            "purpose": each.purpose.value,
            "name": each.name,
            "address": each.address,
            "size_bytes": each.size_bytes,
            "static_bytes": each.static_bytes,
        }
        for each in areas
    ]


def _run_by(stack: StackBound) -> str:
    causes = stack.entry.causes
    more = f" and {len(causes) - _MOST_CAUSES} more" if len(causes) > _MOST_CAUSES else ""
    return f"{', '.join(causes[:_MOST_CAUSES])}{more}" if causes else stack.entry.kind.value


def _bytes(stack: StackBound) -> str:
    return f"{stack.stack_bytes:,}{'' if stack.exact else _AND_MORE}"


def _unknown_functions(stack: StackBound) -> dict[Reason, list[str]]:
    """The functions of each reason, each once, the others of a recursion too."""
    found: dict[Reason, dict[str, None]] = {}
    for unknown in stack.bound.unknowns:
        found.setdefault(unknown.reason, {}).update(dict.fromkeys((unknown.function, *unknown.others)))
    return {reason: list(names) for reason, names in found.items()}
