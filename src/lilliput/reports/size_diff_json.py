"""Difference -> the object `difference` of `lilliput size --diff --json`."""

from typing import Any

from lilliput.firmware.difference import Difference, Sizes, SymbolChange

Json = dict[str, Any]


def difference_json(difference: Difference) -> Json:
    """All changes, largest first; symbols are those that are not unchanged, groups and objects all that there are."""
    return {
        "old": difference.old_name,
        "new": difference.new_name,
        **_sizes(difference.total),
        "regions": [
            {"name": each.name, "old_used_bytes": each.old_used_bytes, "new_used_bytes": each.new_used_bytes}
            for each in difference.regions
        ],
        "groups": [{"name": each.name, **_sizes(each)} for each in difference.groups],
        "objects": [{"name": each.name, **_sizes(each)} for each in difference.objects],
        "symbols": [_symbol(each) for each in difference.symbols],
    }


def _symbol(change: SymbolChange) -> Json:
    entry, old = change.entry, change.old
    return {
        "change": change.kind.value,
        "name": entry.name,
        "demangled": entry.demangled,
        "section": entry.section,
        "object": entry.object,
        "archive": entry.archive,
        "group": entry.group,
        "old_name": None if old is None else old.name,
        **_sizes(change.sizes),
    }


def _sizes(sizes: Sizes) -> Json:
    return {
        "old_flash_bytes": sizes.old_flash_bytes,
        "new_flash_bytes": sizes.new_flash_bytes,
        "flash_change_bytes": sizes.flash_change_bytes,
        "old_ram_bytes": sizes.old_ram_bytes,
        "new_ram_bytes": sizes.new_ram_bytes,
        "ram_change_bytes": sizes.ram_change_bytes,
    }
