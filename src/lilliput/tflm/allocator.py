"""TFLM's arena allocator, simulated: what lies where, and the smallest arena in which every request succeeds.

The arena has two ends. Persistent memory grows down from its end ("tail"). At its start lies the head: while the
model is prepared the list of scratch requests, afterwards the plan of activations. Temporary memory follows the head
and is dropped after each kernel's Prepare. Positions are counted from the start (head, temporary) or from the end
(tail); both ends are multiples of 16 bytes. Source: tensorflow/lite/micro/arena_allocator/
single_arena_buffer_allocator.cc of TFLM 90b983c.
"""

from dataclasses import dataclass, field

from lilliput.tflm.layout import ARM, Abi, align, alignment, size

ALIGNMENT_BYTES = 16
"""What buffers of kernels and activations, and the arena itself, are aligned to."""


@dataclass(frozen=True, slots=True)
class Part:
    """Persistent bytes for one purpose, padding before them included. `node` is -1 where they belong to none."""

    purpose: str
    node: int
    size_bytes: int


@dataclass(slots=True)
class Allocator:
    """The state of the arena. `needed_bytes` is the smallest size that all requests so far have fitted in."""

    abi: Abi = ARM
    head: int = 0
    temporary: int = 0
    tail: int = 0
    needed_bytes: int = 0
    needed_for: str = ""
    parts: list[Part] = field(default_factory=list[Part])

    def persist(self, size_bytes: int, alignment_bytes: int, purpose: str, node: int = -1) -> None:
        """Take bytes from the tail. The allocator compares with the head only: temporary memory may be overwritten."""
        before = self.tail
        self.tail = align(before + size_bytes, alignment_bytes)
        self.parts.append(Part(purpose, node, self.tail - before))
        self._need(self.head + self.tail, purpose)

    def persist_records(self, structure: str, count: int, purpose: str, node: int = -1) -> None:
        """Take an array of structures from the tail."""
        self.persist(size(structure, self.abi) * count, alignment(structure, self.abi), purpose, node)

    def take_records(self, structure: str, count: int, purpose: str) -> None:
        """Take an array of structures as temporary memory."""
        self.take(size(structure, self.abi) * count, alignment(structure, self.abi), purpose)

    def take(self, size_bytes: int, alignment_bytes: int, purpose: str) -> None:
        """Take temporary bytes."""
        self.temporary = align(self.temporary, alignment_bytes) + size_bytes
        self._need(self.temporary + self.tail, purpose)

    def drop(self) -> None:
        """Drop all temporary memory."""
        self.temporary = self.head

    def resize_head(self, size_bytes: int, purpose: str) -> None:
        """Make the head this long; there must be no temporary memory."""
        self.head = self.temporary = size_bytes
        self._need(self.head + self.tail, purpose)

    def plan(self, buffers: int, bytes_each: int) -> None:
        """Hand what is left between the ends to the memory planner, which needs an array of `buffers` records."""
        start = align(self.temporary, ALIGNMENT_BYTES)
        self._need(start + buffers * bytes_each + align(self.tail, ALIGNMENT_BYTES), "memory planner's lists")

    @property
    def used_bytes(self) -> int:
        """What `MicroInterpreter::arena_used_bytes` returns."""
        return self.tail + max(self.head, self.temporary)

    def _need(self, size_bytes: int, purpose: str) -> None:
        if size_bytes > self.needed_bytes:
            self.needed_bytes, self.needed_for = size_bytes, purpose
