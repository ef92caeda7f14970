"""Network -> lower bound: bytes that no plan by rows can go below, whatever its order and its segments."""

from collections.abc import Iterator, Mapping

import numpy as np

from lilliput.planning.network import Access, Network


def lower_bound_bytes(network: Network, handed: Mapping[int, int], *, pushed: bool) -> int:
    """The largest of what both ends need and of what each node needs by itself.

    The caller writes all inputs (unless they are `pushed`) before the first node runs, and reads all outputs. Of
    tensors that can be `handed` over, so many bytes of one pixel are enough.
    """
    given = 0 if pushed else sum(network.homes[home].size_bytes for home in network.given)
    kept = sum(home.size_bytes for home in network.homes.values() if home.lasts)
    return max(given, 0 if pushed else _first_output(network, handed), kept, *_needs(network, handed))


def _first_output(network: Network, handed: Mapping[int, int]) -> int:
    """What of the inputs somebody reads, and the least that the first node to run adds to it."""
    ready = [access for access in network.nodes if not access.is_view and set(access.reads).issubset(network.given)]
    return sum(_bytes_read(network, home) for home in network.given) + min(
        (_added(network, a, handed) for a in ready), default=0
    )


def _bytes_read(network: Network, home: int) -> int:
    """The bytes of a home that at least one step reads."""
    shape = network.homes[home]
    read = np.zeros(shape.units, bool)
    for access in (access for access in network.nodes if home in access.reads):
        rows = access.rows
        if rows is None or rows.reduces:
            return shape.size_bytes
        for each in (each for each in rows.reads if each.home == home):
            read |= each.last_rows >= 0
    return int(read.sum()) * shape.unit_bytes


def _added(network: Network, access: Access, handed: Mapping[int, int]) -> int:
    """The least that a step of a node writes besides what it reads; nothing where it can work in place."""
    whole = 0 if access.in_place else sum(network.homes[home].size_bytes for home in access.writes)
    rows = access.rows
    if rows is None:
        return whole
    return min(whole, rows.sums_bytes if rows.reduces else handed.get(rows.tensor, rows.row_bytes))


def _needs(network: Network, handed: Mapping[int, int]) -> Iterator[int]:
    """For each node what its hungriest step reads and writes."""
    yield 0
    for access in (access for access in network.nodes if not access.is_view):
        if access.rows is None:
            yield sum(network.homes[home].size_bytes for home in access.reads) + _added(network, access, handed)
            continue
        for step in range(access.rows.steps):
            read: dict[int, int] = {}
            for each in access.rows.reads:
                window = (each.needed_rows[step] - each.first_rows[step]) * each.row_bytes
                read[each.home] = max(read.get(each.home, 0), handed.get(each.tensor, window))
            yield sum(read.values()) + _added(network, access, handed)
