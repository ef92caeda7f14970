"""ModelFile -> OfflinePlan: a place for every tensor that takes less memory than TFLM's greedy planner finds.

The plan is of whole tensors, as the interpreter needs it, and travels in the file as "OfflineMemoryAllocation"
metadata: version, subgraph, number of tensors, then an offset for each (-1: the interpreter decides). Scratch buffers
of kernels stay with the interpreter, which fits them around what is planned; so what counts is measured by the same
simulation that predicts the arena.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lilliput.errors import InvariantError
from lilliput.planning.lifetimes import Lifetime, peak_live_bytes
from lilliput.planning.packing import pack
from lilliput.tflm.allocator import ALIGNMENT_BYTES
from lilliput.tflm.arena import activation_requirements, simulate
from lilliput.tflm.greedy import Requirement
from lilliput.tflm.kernels import Kernel
from lilliput.tflm.metadata import add_metadata
from lilliput.tflm.model_file import ONLINE, ModelFile, read_model_file

_METADATA = "OfflineMemoryAllocation"
_VERSION = 1
_EFFORT = 20_000
_SOLVER_WORK = 1.0


@dataclass(frozen=True, slots=True)
class OfflinePlan:
    """What the interpreter plans by itself and what it needs with `offsets`, one for each tensor of the file.

    `offsets` is None when it finds the smallest plan by itself: `reason` says why nothing is to be gained.
    `lower_bound_bytes` are alive together at one step.
    """

    activation_bytes_before: int
    activation_bytes_after: int
    lower_bound_bytes: int
    offsets: tuple[int, ...] | None
    reason: str


def plan_offline(model: ModelFile, kernels: Mapping[str, Kernel]) -> OfflinePlan:
    """The best plan found for the model as it comes out of the file, any plan in it left aside."""
    bare = replace(model, offline_plan=None)
    count_of_tensors = len(model.subgraphs[0].tensors)
    before = simulate(bare, kernels).activation_bytes
    tensors, scratch = activation_requirements(bare, kernels)
    lifetimes = [_lifetime(each) for each in (*tensors.values(), *scratch)]
    bound = peak_live_bytes(lifetimes)
    if len(model.subgraphs) > 1:
        return OfflinePlan(before, before, bound, None, "the interpreter takes offline plans of one subgraph only")
    if before <= bound:
        return OfflinePlan(before, before, bound, None, "the interpreter's own plan is the smallest there is")
    best = before
    best_offsets: tuple[int, ...] | None = None
    for count in (len(lifetimes), len(tensors)):
        packing = pack(lifetimes[:count], _EFFORT, _SOLVER_WORK)
        placed = dict(zip(tensors, packing.offsets, strict=False))
        offsets = tuple(placed.get(index, ONLINE) for index in range(count_of_tensors))
        after = simulate(replace(bare, offline_plan=offsets), kernels).activation_bytes
        if after < best:
            best, best_offsets = after, offsets
    reason = "" if best_offsets is not None else "no smaller plan was found"
    return OfflinePlan(before, best, bound, best_offsets, reason)


def write_plan(data: bytes, name: str, offsets: Sequence[int]) -> bytes:
    """The file with the plan, otherwise unchanged; errors as for `add_metadata`."""
    payload = struct.pack(f"<3i{len(offsets)}i", _VERSION, 0, len(offsets), *offsets)
    planned = add_metadata(data, _METADATA, payload, name)
    read = read_model_file(planned, name)
    if read != replace(read_model_file(data, name), size_bytes=len(planned), offline_plan=tuple(offsets)):
        raise InvariantError(f"{name} with an offline plan reads differently from the file without")
    return planned


def _lifetime(requirement: Requirement) -> Lifetime:
    """Alive from the first to the last step, both included."""
    first, end = np.array([requirement.first]), np.array([requirement.last + 1])
    return Lifetime((), requirement.size_bytes, 1, ALIGNMENT_BYTES, first, end)
