"""Graph -> Plan: every layer runs alone, in the file's order, and memory is shared by lifetime.

Other orders are not searched: an exhaustive search lowers the peak of none of the networks that this was measured on
(only stateful graphs, whose order is not free, would gain).
"""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from lilliput.errors import DoesNotFitError
from lilliput.ir import Graph
from lilliput.planning.checker import check_plan
from lilliput.planning.lifetimes import Lifetime, OperatorOf, lifetimes
from lilliput.planning.packing import Packing, pack, peak_live_bytes
from lilliput.planning.plan import Buffer, Plan

_LARGEST_ARENA_BYTES = 1 << 23
"""More than the memory of any microcontroller; what a damaged file asks for must not be allocated by the checker."""


def plan(graph: Graph, operator_of: OperatorOf, *, seconds: float = 2.0) -> Plan:
    """The smallest plan found, checked. `seconds` limits the solver, deterministically: same graph, same plan.

    `operator_of` may return None for nodes without a usable operator. Raises DoesNotFitError when the tensors that are
    alive together exceed 8 MiB.
    """
    order = tuple(range(len(graph.nodes)))
    buffers = lifetimes(graph, order, operator_of, in_place=True)
    live_bytes = peak_live_bytes(buffers)
    if live_bytes > _LARGEST_ARENA_BYTES:
        raise DoesNotFitError(
            f"the model keeps {live_bytes:,} bytes of tensors alive at once, more than any microcontroller has",
            graph.source.name,
            "Make the model's input or its largest layers smaller.",
        )
    packing = pack(buffers, seconds / 2)
    if packing.arena_bytes > live_bytes:
        # An in-place output must lie where its input lies, which can stand in the way of a tight packing.
        separate = lifetimes(graph, order, operator_of, in_place=False)
        if peak_live_bytes(separate) < packing.arena_bytes:
            alternative = pack(separate, seconds / 2)
            lower_bound_bytes = min(packing.lower_bound_bytes, alternative.lower_bound_bytes)
            if alternative.arena_bytes < packing.arena_bytes:
                buffers, packing = separate, alternative
            packing = replace(packing, lower_bound_bytes=lower_bound_bytes)
    result = _plan(order, buffers, packing)
    check_plan(graph, operator_of, result)
    return result


def _plan(order: tuple[int, ...], lifetimes: Sequence[Lifetime], packing: Packing) -> Plan:
    buffers = tuple(
        Buffer(
            tensors=lifetime.tensors,
            offset_bytes=offset_bytes,
            size_bytes=lifetime.size_bytes,
            alignment_bytes=lifetime.alignment_bytes,
            first_step=lifetime.first_step,
            end_step=lifetime.end_step,
        )
        for lifetime, offset_bytes in zip(lifetimes, packing.offsets, strict=True)
    )
    return Plan(
        order=order,
        buffers=buffers,
        offsets=MappingProxyType({index: buffer.offset_bytes for buffer in buffers for index in buffer.tensors}),
        arena_bytes=packing.arena_bytes,
        lower_bound_bytes=packing.lower_bound_bytes,
        alignment_bytes=max((buffer.alignment_bytes for buffer in buffers), default=1),
    )
