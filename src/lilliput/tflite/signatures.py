"""A file's signatures: how its model is called by names, apart from the graph, which knows positions only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tflite
from lilliput.ir import Graph
from lilliput.tflite.tables import Tables, reading


@dataclass(frozen=True, slots=True)
class Signature:
    """The model as a function `key`: names, each with its position among the graph's inputs or outputs."""

    key: str
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]


def read_signatures(data: bytes, graph: Graph) -> tuple[Signature, ...]:
    """The signatures of a flatbuffer whose first subgraph was read as `graph`.

    Left out are those of other subgraphs and those of tensors that are no inputs or outputs. Raises ModelError when the
    file is damaged.
    """
    tables = Tables(len(data))
    with reading("signatures"):
        model = tflite.Model.GetRootAs(data, 0)
        found = [_read(tables, each, graph) for each in tables.tables(model, "SignatureDefs")]
    return tuple(each for each in found if each is not None)


def _read(tables: Tables, table: Any, graph: Graph) -> Signature | None:
    if table.SubgraphIndex():
        return None
    ends = [
        [(tables.text(each.Name()), each.TensorIndex()) for each in tables.tables(table, field)]
        for field in ("Inputs", "Outputs")
    ]
    inputs, outputs = (_positions(*each) for each in zip(ends, (graph.inputs, graph.outputs), strict=True))
    return None if inputs is None or outputs is None else Signature(tables.text(table.SignatureKey()), inputs, outputs)


def _positions(names: Sequence[tuple[str, int]], tensors: Sequence[int]) -> tuple[tuple[str, int], ...] | None:
    if any(index not in tensors for _, index in names):
        return None
    return tuple((name, tensors.index(index)) for name, index in names)
