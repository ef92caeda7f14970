"""ModelFile -> Arena: what `MicroInterpreter::AllocateTensors` takes from the arena, request by request.

Source: tensorflow/lite/micro/micro_allocator.cc, micro_allocation_info.cc and micro_interpreter.cc of TFLM 90b983c.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lilliput.tflm import layout
from lilliput.tflm.allocator import ALIGNMENT_BYTES, Allocator, Part
from lilliput.tflm.greedy import Requirement, height, place
from lilliput.tflm.kernels import Kernel
from lilliput.tflm.layout import ARM, Abi, align
from lilliput.tflm.model_file import ONLINE, ModelFile
from lilliput.tflm.preparation import Preparation, ScratchRequest


@dataclass(frozen=True, slots=True)
class Arena:
    """The arena of a model. `parts` are its persistent bytes; `activation_bytes` the planned rest."""

    used_bytes: int
    smallest_working_bytes: int
    activation_bytes: int
    parts: tuple[Part, ...]
    decided_by: str


def simulate(model: ModelFile, kernels: Mapping[str, Kernel], abi: Abi = ARM) -> Arena:
    """Allocate everything that TFLM allocates. Raises KeyError for an operator that is not in `kernels`."""
    return simulate_together([model], kernels, abi)


def simulate_together(models: Sequence[ModelFile], kernels: Mapping[str, Kernel], abi: Abi = ARM) -> Arena:
    """The arena of several interpreters that share one `MicroAllocator`, made in this order and run in any.

    Each keeps its persistent bytes; activations share the head, which is as large as the largest plan.
    """
    allocator = Allocator(abi)
    allocator.persist_records(layout.SINGLE_ARENA_BUFFER_ALLOCATOR, 1, "arena allocator")
    allocator.persist_records(layout.GREEDY_MEMORY_PLANNER, 1, "memory planner")
    allocator.persist_records(layout.MICRO_ALLOCATOR, 1, "model allocator")
    activation_bytes = 0
    for model in models:
        activation_bytes = _allocate(allocator, model, kernels, activation_bytes)
    return Arena(
        used_bytes=allocator.used_bytes,
        smallest_working_bytes=align(allocator.needed_bytes, ALIGNMENT_BYTES),
        activation_bytes=activation_bytes,
        parts=tuple(allocator.parts),
        decided_by=allocator.needed_for,
    )


def _allocate(allocator: Allocator, model: ModelFile, kernels: Mapping[str, Kernel], reserved_bytes: int) -> int:
    """`AllocateTensors` of one interpreter; returns the larger of its activations and those reserved before."""
    abi = allocator.abi
    if variables := resource_variables(model):
        allocator.persist(layout.size(layout.RESOURCE_VARIABLES, abi), ALIGNMENT_BYTES, "resource variables")
        size_bytes = layout.size(layout.RESOURCE_VARIABLE, abi) * variables
        allocator.persist(size_bytes, ALIGNMENT_BYTES, "resource variables")
    allocator.persist_records(layout.BUILTIN_DATA_ALLOCATOR, 1, "options allocator")
    _resize_requests(allocator, 0)
    allocator.persist_records(layout.SUBGRAPH_ALLOCATIONS, len(model.subgraphs), "subgraphs")
    for graph in model.subgraphs:
        allocator.persist_records(layout.EVAL_TENSOR, len(graph.tensors), "tensor records")
    for graph in model.subgraphs:
        allocator.persist_records(layout.NODE_AND_REGISTRATION, len(graph.nodes), "node records")
    nodes = [(index, kernels[node.operator]) for graph in model.subgraphs for index, node in enumerate(graph.nodes)]
    for index, kernel in nodes:
        if kernel.options:
            allocator.persist_records(kernel.options, 1, "options", index)
    for index, kernel in nodes:
        if kernel.data:
            allocator.persist(layout.size(kernel.data, abi), ALIGNMENT_BYTES, "kernel data", index)
    scratch = _prepare(allocator, model, kernels)
    activation_bytes = max(reserved_bytes, _plan(allocator, model, scratch))
    allocator.resize_head(activation_bytes, "activations")
    _public_tensors(allocator, model)
    return activation_bytes


def resource_variables(model: ModelFile) -> int:
    """How many resource variables the model has: the count for `MicroResourceVariables::Create`."""
    handles = (node for graph in model.subgraphs for node in graph.nodes if node.operator == "var_handle")
    return len({(node.options.get("container"), node.options.get("shared_name")) for node in handles})


def _resize_requests(allocator: Allocator, requests: int) -> None:
    """The list of scratch requests, with room for those of the next kernel."""
    count = requests + layout.SCRATCH_REQUESTS_PER_NODE
    allocator.resize_head(layout.size(layout.SCRATCH_BUFFER_REQUEST, allocator.abi) * count, "scratch requests")


def _prepare(allocator: Allocator, model: ModelFile, kernels: Mapping[str, Kernel]) -> list[ScratchRequest]:
    scratch: list[ScratchRequest] = []
    variables: set[str] = set()
    for number, graph in enumerate(model.subgraphs):
        for index, node in enumerate(graph.nodes):
            kernels[node.operator].prepare(Preparation(allocator, graph, number, index, scratch, variables))
            allocator.drop()
            _resize_requests(allocator, len(scratch))
    return scratch


def _plan(allocator: Allocator, model: ModelFile, scratch: Sequence[ScratchRequest]) -> int:
    """Plan activations and scratch buffers; returns the bytes that they need at the head."""
    if scratch:
        allocator.persist_records(layout.SCRATCH_BUFFER_HANDLE, len(scratch), "scratch handles")
    records = sum(len(graph.tensors) for graph in model.subgraphs) + len(scratch)
    allocator.take_records("z", len(model.subgraphs), "memory planner's lists")
    allocator.take_records(layout.ALLOCATION_INFO, records, "memory planner's lists")
    position = 0
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            given = ONLINE if model.offline_plan is None else model.offline_plan[position]
            position += 1
            if tensor.is_variable and given == ONLINE:
                allocator.persist(tensor.size_bytes, ALIGNMENT_BYTES, "variables")
    tensors, others = _requirements(model, scratch)
    buffers = [*tensors.values(), *others]
    allocator.plan(len(buffers), layout.size(layout.PLANNER_RECORD, allocator.abi))
    allocator.drop()
    allocator.resize_head(0, "activations")
    return height(buffers, place(buffers))


def activation_requirements(
    model: ModelFile, kernels: Mapping[str, Kernel]
) -> tuple[dict[int, Requirement], list[Requirement]]:
    """The tensors to plan, by their index in the file counted over all subgraphs, and the scratch buffers."""
    return _requirements(model, _prepare(Allocator(), model, kernels))


def _requirements(
    model: ModelFile, scratch: Sequence[ScratchRequest]
) -> tuple[dict[int, Requirement], list[Requirement]]:
    """The buffers in the order in which TFLM adds them: tensors of all subgraphs, then scratch buffers."""
    lives = _Lifetimes(model, scratch)
    lives.mark(0)
    tensors: dict[int, Requirement] = {}
    position = 0
    for number, graph in enumerate(model.subgraphs):
        for index, tensor in enumerate(graph.tensors):
            given = ONLINE if model.offline_plan is None else model.offline_plan[position]
            if not tensor.is_constant and not tensor.is_variable and tensor.size_bytes:
                first, last = lives.tensors.get((number, index), (-1, -1))
                size = align(tensor.size_bytes, ALIGNMENT_BYTES)
                tensors[position] = Requirement(size, first, last, None if given == ONLINE else given)
            position += 1
    others: list[Requirement] = []
    for index, request in enumerate(scratch):
        first, last = lives.scratch.get(index, (-1, -1))
        others.append(Requirement(align(request.size_bytes, ALIGNMENT_BYTES), first, last))
    return tensors, others


_CALLED_SUBGRAPHS = {
    "if": ("then_subgraph_index", "else_subgraph_index"),
    "call_once": ("init_subgraph_index",),
    "while": ("cond_subgraph_index", "body_subgraph_index"),
}


class _Lifetimes:
    """First and last step of every tensor and scratch buffer, counted as TFLM's AllocationInfoBuilder does."""

    def __init__(self, model: ModelFile, scratch: Sequence[ScratchRequest]) -> None:
        self.model = model
        self.requests = scratch
        self.step = 0
        self.tensors: dict[tuple[int, int], tuple[int, int]] = {}
        self.scratch: dict[int, tuple[int, int]] = {}

    def mark(self, number: int) -> None:
        """Walk a subgraph from the current step on."""
        graph = self.model.subgraphs[number]
        for index in (*graph.inputs, *graph.outputs):
            self.tensors[number, index] = (self.step, self.step)
        for position, node in enumerate(graph.nodes):
            self.step += 1
            start = self.step
            for index in node.outputs:
                self.tensors[number, index] = (self.step, self.step)
            for option in _CALLED_SUBGRAPHS.get(node.operator, ()):
                called = node.options[option]
                assert isinstance(called, int)
                self.step += 1
                self.mark(called)
            for index in (*node.inputs, *node.outputs):
                if index >= 0:
                    self.tensors[number, index] = (self.tensors.get((number, index), (-1, -1))[0], self.step)
            for index, request in enumerate(self.requests):
                if (request.subgraph, request.node) == (number, position):
                    self.scratch[index] = (start, self.step)
        for index in graph.outputs:
            self.tensors[number, index] = (self.tensors[number, index][0], self.step)


def _public_tensors(allocator: Allocator, model: ModelFile) -> None:
    """The structures behind `interpreter.input()` and `output()`."""
    graph = model.subgraphs[0]
    for indices, purpose in ((graph.inputs, "input tensors"), (graph.outputs, "output tensors")):
        allocator.persist(allocator.abi.pointer_bytes * len(indices), ALIGNMENT_BYTES, purpose)
        for index in indices:
            allocator.persist_records(layout.TENSOR, 1, purpose)
            if channels := graph.tensors[index].channels:
                allocator.persist_records(layout.AFFINE_QUANTIZATION, 1, purpose)
                allocator.persist(layout.int_array(channels), layout.INTEGER_BYTES, purpose)
