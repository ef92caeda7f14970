"""Plan -> C expressions: where tensors lie in the arena, which is static or the caller's."""

from dataclasses import dataclass

from lilliput.ir import Graph
from lilliput.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Addresses:
    """C expressions for places in the arena."""

    graph: Graph
    plan: Plan
    caller_arena: bool

    @property
    def base(self) -> str:
        """The arena's first byte."""
        return "arena" if self.caller_arena or self.plan.alignment_bytes == 1 else "arena.bytes"

    @property
    def parameter(self) -> str:
        """What a static function needs as its first parameter to find the arena, with a comma; empty when static."""
        return "int8_t *arena, " if self.caller_arena else ""

    @property
    def argument(self) -> str:
        """The argument for `parameter`."""
        return "arena, " if self.caller_arena else ""

    def scratch(self, node: int) -> str:
        """The address of the memory that a node needs inside of its steps."""
        return f"{self.base} + {self.plan.scratch[node]}"

    def tensor(self, number: int, offset_bytes: int = 0) -> str:
        """The address of a tensor in the arena, of a type that converts to the tensor's."""
        address = f"{self.base} + {self.plan.offsets[number] + offset_bytes}"
        return address if self.graph.tensors[number].dtype.c_name == "int8_t" else f"(void *)({address})"
