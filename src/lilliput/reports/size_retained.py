"""RetainedSizes, Removal, Chain -> tables of what would go away and of what keeps a symbol, and the same for JSON."""

from collections.abc import Sequence
from itertools import pairwise

from lilliput.firmware.references.chains import Chain
from lilliput.firmware.references.mentions import Kind
from lilliput.firmware.references.removal import Removal
from lilliput.firmware.references.retained import RetainedSize, RetainedSizes
from lilliput.firmware.saved_report import Json
from lilliput.reports.columns import Column
from lilliput.reports.size_table import SizeTable

_VERBS = {
    Kind.BRANCH: "calls",
    Kind.ADDRESS: "takes the address of",
    Kind.LITERAL: "takes the address of",
    Kind.POINTER: "points to",
    Kind.UNWINDING: "is unwound with",
    Kind.MEMBER: "is of the same archive member as",
}
_SHARES = "shares an input section with"
_UNCERTAIN = ", perhaps"


def retained_tables(sizes: RetainedSizes, top: int) -> tuple[SizeTable, ...]:
    """The `top` largest symbols, objects, archives and groups, all of them for 0; empty kinds are left out."""
    kinds = {"symbol": sizes.symbols, "object file": sizes.objects, "archive": sizes.archives, "group": sizes.groups}
    return tuple(_retained_table(kind, each, top) for kind, each in kinds.items() if each)


def _retained_table(kind: str, sizes: Sequence[RetainedSize], top: int) -> SizeTable:
    shown = sizes[: top or None]
    return SizeTable(
        f"What would go away with each {kind}",
        (
            Column(kind, [each.name for each in shown], gives_way=True),
            Column("flash\nitself", [f"{each.flash_bytes:,}" for each in shown], "right"),
            Column("flash\nretained", [f"{each.retained_flash_bytes:,}" for each in shown], "right"),
            Column("RAM\nitself", [f"{each.ram_bytes:,}" for each in shown], "right"),
            Column("RAM\nretained", [f"{each.retained_ram_bytes:,}" for each in shown], "right"),
        ),
        len(sizes) - len(shown),
    )


def removal_sentence(removal: Removal) -> str:
    """What the image would shrink by, in one sentence."""
    most = ""
    if (removal.most_flash_bytes, removal.most_ram_bytes) != (removal.flash_bytes, removal.ram_bytes):
        most = (
            f" If no uncertain reference is one: {removal.most_flash_bytes:,} bytes of flash"
            f" and {removal.most_ram_bytes:,} of RAM."
        )
    return (
        f"If nothing else referred to {removal.pattern}, the linker would drop {removal.flash_bytes:,} bytes of flash"
        f" and {removal.ram_bytes:,} of RAM.{most}"
    )


def removal_tables(removal: Removal, top: int) -> tuple[SizeTable, ...]:
    """What would be dropped, the `top` largest, and which references keep it now."""
    shown = removal.dropped[: top or None]
    dropped = SizeTable(
        "What would go away",
        (
            Column("what", [each.name for each in shown], gives_way=True),
            Column("from", [each.object for each in shown], gives_way=True),
            Column("flash", [f"{each.flash_bytes:,}" for each in shown], "right", f"{removal.flash_bytes:,}"),
            Column("RAM", [f"{each.ram_bytes:,}" for each in shown], "right", f"{removal.ram_bytes:,}"),
        ),
        len(removal.dropped) - len(shown),
    )
    kept = [(each.source, _verb(each.kind, certain=each.certain), each.target) for each in removal.holders]
    kept += [(reason.value, "", name) for name, reason in removal.kept]
    by = kept[: top or None]
    holders = SizeTable(
        "What keeps it now",
        (
            Column("who", [source for source, _, _ in by], gives_way=True),
            Column("how", [verb for _, verb, _ in by]),
            Column("what", [target for _, _, target in by], gives_way=True),
        ),
        len(kept) - len(by),
    )
    return (dropped, holders) if by else (dropped,)


def chain_lines(chain: Chain) -> list[str]:
    """The chain that keeps a symbol, a step a line."""
    lines = [f"{chain.links[0].name}: {chain.root.value}"]
    for source, target in pairwise(chain.links):
        verb = _SHARES if target.kind is None else _verb(target.kind, certain=target.certain)
        lines.append(f"{source.name} {verb} {target.name}")
    return lines


def _verb(kind: Kind, *, certain: bool) -> str:
    return _VERBS[kind] if certain else f"{_VERBS[kind]}{_UNCERTAIN}"


def retained_json(sizes: RetainedSizes) -> Json:
    """Retained sizes of all symbols, objects, archives and groups."""
    kinds = {"symbols": sizes.symbols, "objects": sizes.objects, "archives": sizes.archives, "groups": sizes.groups}
    return {
        kind: [
            {
                "name": each.name,
                "flash_bytes": each.flash_bytes,
                "ram_bytes": each.ram_bytes,
                "retained_flash_bytes": each.retained_flash_bytes,
                "retained_ram_bytes": each.retained_ram_bytes,
            }
            for each in found
        ]
        for kind, found in kinds.items()
    }


def removal_json(removal: Removal) -> Json:
    """What would be dropped, and what keeps it now."""
    return {
        "pattern": removal.pattern,
        "flash_bytes": removal.flash_bytes,
        "ram_bytes": removal.ram_bytes,
        "most_flash_bytes": removal.most_flash_bytes,
        "most_ram_bytes": removal.most_ram_bytes,
        "dropped": [
            {
                "name": each.name,
                "object": each.object,
                "flash_bytes": each.flash_bytes,
                "ram_bytes": each.ram_bytes,
                "named": each.named,
            }
            for each in removal.dropped
        ],
        "holders": [
            {
                "source": each.source,
                "target": each.target,
                "kind": each.kind.name.lower(),
                "certain": each.certain,
            }
            for each in removal.holders
        ],
        "kept": [{"name": name, "reason": reason.name.lower()} for name, reason in removal.kept],
    }


def chain_json(chain: Chain) -> Json:
    """The chain that keeps a symbol; `kind` is null where two steps share an input section."""
    return {
        "root": chain.root.name.lower(),
        "links": [
            {"name": each.name, "kind": None if each.kind is None else each.kind.name.lower(), "certain": each.certain}
            for each in chain.links
        ],
    }
