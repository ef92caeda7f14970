"""Network -> lower bound: bytes that no plan by rows can go below, whatever its order, its segments and its views.

What a node copies that might be a view in another plan does not count.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from lilliput.planning.network import Access, Network
from lilliput.planning.places import Span


def lower_bound_bytes(network: Network, handed: Mapping[int, int], *, pushed: bool) -> int:
    """The largest of what both ends need and of what each node needs by itself.

    The caller writes all inputs (unless they are `pushed`) before the first node runs, and reads all outputs. Of
    tensors that can be `handed` over, so many bytes of one pixel are enough.
    """
    given = 0 if pushed else sum(span.size_bytes for span in network.given)
    copied = {number for number, access in enumerate(network.nodes) if access.copies}
    lasting = (value for value in network.values if value.last == len(network.nodes) and value.made not in copied)
    kept = sum(value.span.size_bytes for value in lasting)
    return max(given, 0 if pushed else _first_output(network, handed), kept, *_needs(network, handed))


def _first_output(network: Network, handed: Mapping[int, int]) -> int:
    """What of the inputs somebody reads, and the least that the first node to run adds to it."""
    made = [value.span for value in network.values if value.made >= 0]
    ready = [
        access
        for access in network.nodes
        if not access.is_view and not any(span.meets(other) for span in access.reads for other in made)
    ]
    return _given_bytes_read(network) + min((_added(access, handed) for access in ready), default=0)


def _given_bytes_read(network: Network) -> int:
    """The bytes of what is given that at least one step reads."""
    homes = {span.home: network.homes[span.home] for span in network.given}
    read = {home: np.zeros(shape.units, bool) for home, shape in homes.items()}

    def units(span: Span) -> slice:
        unit_bytes = max(1, homes[span.home].unit_bytes)
        return slice(span.start_bytes // unit_bytes, span.end_bytes // unit_bytes)

    for access in network.nodes:
        rows = access.rows
        if rows is None or rows.reduces:
            for span in (span for span in access.reads if span.home in homes):
                read[span.home][units(span)] = True
        else:
            for each in (each for each in rows.reads if each.span.home in homes):
                read[each.span.home][units(each.span)] |= each.last_rows >= 0
    return sum(int(read[span.home][units(span)].sum()) * homes[span.home].unit_bytes for span in network.given)


def _added(access: Access, handed: Mapping[int, int]) -> int:
    """The least that a step of a node writes besides what it reads; nothing where it can work in place."""
    whole = 0 if access.in_place or access.copies else _covered(access.writes)
    rows = access.rows
    if rows is None:
        return whole
    return min(whole, rows.sums_bytes if rows.reduces else handed.get(rows.tensor, rows.row_bytes))


def _covered(spans: Iterable[Span]) -> int:
    """The number of bytes that belong to at least one of the spans."""
    total, end = 0, (-1, 0)
    for span in sorted(spans, key=lambda each: (each.home, each.start_bytes)):
        start = max((span.home, span.start_bytes), end)[1]
        total += max(0, span.end_bytes - start)
        end = max(end, (span.home, span.end_bytes))
    return total


def _needs(network: Network, handed: Mapping[int, int]) -> Iterator[int]:
    """For each node what its hungriest step reads and writes."""
    yield 0
    for access in (access for access in network.nodes if not access.is_view and not access.copies):
        if access.rows is None:
            yield _covered(access.reads) + _added(access, handed)
            continue
        for step in range(access.rows.steps):
            read: dict[int, int] = {}
            for each in access.rows.reads:
                window = (each.needed_rows[step] - each.first_rows[step]) * each.row_bytes
                home = each.span.home
                read[home] = max(read.get(home, 0), handed.get(each.tensor, window))
            yield sum(read.values()) + _added(access, handed)
