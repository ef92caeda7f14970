"""Where a tensor or node came from: provenance as data, carried through every stage."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The place in the model file, and the transforms since.

    `index` is the tensor's or operator's index in the file's first subgraph, `name` its name there (an operator has
    the name of its first output), `transforms` the names of the transforms that changed or made it, oldest first. Of a
    tensor that lost channels (indices of the last dimension), `channels` are those of the file that are left.
    """

    index: int
    name: str
    transforms: tuple[str, ...] = ()
    channels: tuple[int, ...] | None = None
