"""(oracle, model, inputs) -> outputs: what an independent interpreter computes, byte for byte.

The interpreters are loaded on first use; models are stateless. Whatever an interpreter prints stays off the terminal.
"""

import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lilliput.errors import ToolError, UsageError
from lilliput.ir import Graph, Tensor
from lilliput.oracles import litert, tflm
from lilliput.oracles.quiet import message, silenced
from lilliput.oracles.session import INSTALL_ADVICE, Session, package_version

_PACKAGES = {"tflm": tflm.PACKAGE, "litert": litert.PACKAGE}
_LOADERS: Mapping[str, Callable[..., Session]] = {"tflm": tflm.load, "litert": litert.load}
_TITLES = {"tflm": "TensorFlow Lite Micro", "litert": "LiteRT (BUILTIN_REF)"}


@dataclass(frozen=True, slots=True)
class Oracle:
    """An interpreter: `name` is "tflm" or "litert", `version` its package's, `contract` the arithmetic it follows."""

    name: str
    version: str
    contract: str

    @property
    def title(self) -> str:
        """The name that people know it by."""
        return _TITLES[self.name]


def available() -> tuple[Oracle, ...]:
    """The oracles that are installed, the default one first. Imports none of them."""
    found = ((name, package_version(package)) for name, package in _PACKAGES.items())
    return tuple(Oracle(name, version, contract=name) for name, version in found if version is not None)


def default_oracle() -> tuple[Oracle, str | None]:
    """The oracle to compare with and, when it is not TFLM, one sentence for the user that says so and why.

    Raises ToolError when no oracle is installed.
    """
    oracles = available()
    if not oracles:
        raise ToolError("no oracle interpreter is installed", advice=INSTALL_ADVICE)
    oracle = oracles[0]
    if oracle.name == "tflm":
        return oracle, None
    machine = f"{sys.platform} on {platform.machine()}"
    exists = machine == "linux on x86_64"
    reason = f"{tflm.PACKAGE} is not installed" if exists else f"{tflm.PACKAGE} does not exist for {machine}"
    return oracle, f"{reason}: the oracle is {oracle.title}, which rounds differently on some models"


def run(oracle: Oracle, model: bytes, graph: Graph, inputs: Sequence[Sequence[bytes]]) -> tuple[tuple[bytes, ...], ...]:
    """The model's outputs for each set of inputs, as raw bytes in the order of `graph.outputs`.

    `model` is the .tflite file that `graph` was read from; an input set has the raw bytes of each of `graph.inputs`.
    Raises ToolError when the interpreter is missing or refuses the model, UsageError when an input has a wrong size.
    """
    positions = range(len(graph.outputs))
    with tempfile.TemporaryFile() as log:
        session = _load(oracle, model, graph, log, keep_tensors=False)
        return tuple(_infer(oracle, session, graph, each, log, session.output, positions) for each in inputs)


def tensors(
    oracle: Oracle, model: bytes, graph: Graph, inputs: Sequence[bytes], indices: Iterable[int]
) -> Mapping[int, bytes]:
    """The bytes of intermediate tensors for one set of inputs, by their index in the file (`Tensor.origin.index`).

    `model` is the .tflite file that `graph` was read from. Errors as for `run`; UsageError for an index that the file
    does not have (TFLM would crash), ToolError for a tensor that the interpreter keeps no value of.
    """
    (values,) = tensors_of_all(oracle, model, graph, [inputs], indices)
    return values


def tensors_of_all(
    oracle: Oracle, model: bytes, graph: Graph, inputs: Iterable[Sequence[bytes]], indices: Iterable[int]
) -> Iterator[Mapping[int, bytes]]:
    """The same for several sets of inputs, one after the other, by one interpreter."""
    wanted = tuple(indices)
    if unknown := [index for index in wanted if index not in range(len(graph.tensors))]:
        raise UsageError(f"the model has no tensor {unknown[0]}", graph.source.name)
    with tempfile.TemporaryFile() as log:
        session = _load(oracle, model, graph, log, keep_tensors=True)
        for each in inputs:
            values = _infer(oracle, session, graph, each, log, session.tensor, wanted)
            yield dict(zip(wanted, values, strict=True))


def _load(oracle: Oracle, model: bytes, graph: Graph, log: IO[bytes], *, keep_tensors: bool) -> Session:
    try:
        return _LOADERS[oracle.name](model, graph, log, keep_tensors=keep_tensors)
    except (RuntimeError, ValueError) as error:
        raise ToolError(f"{oracle.title} refuses the model: {message(log, error)}", graph.source.name) from error


def _infer(
    oracle: Oracle,
    session: Session,
    graph: Graph,
    inputs: Sequence[bytes],
    log: IO[bytes],
    result: Callable[[int], bytes],
    indices: Iterable[int],
) -> tuple[bytes, ...]:
    arrays = _arrays(graph, inputs)
    try:
        with silenced(log):
            session.invoke(arrays)
            return tuple(result(index) for index in indices)
    except (RuntimeError, ValueError) as error:
        raise ToolError(f"{oracle.title} cannot run the model: {message(log, error)}", graph.source.name) from error


def _arrays(graph: Graph, inputs: Sequence[bytes]) -> list[NDArray[Any]]:
    wanted = graph.select(graph.inputs)
    if len(inputs) != len(wanted):
        raise UsageError(f"the model has {len(wanted)} inputs, {len(inputs)} were given", graph.source.name)
    return [_array(tensor, values) for tensor, values in zip(wanted, inputs, strict=True)]


def _array(tensor: Tensor, values: bytes) -> NDArray[Any]:
    if len(values) != tensor.size_bytes:
        raise UsageError(f'input "{tensor.name}" has {tensor.size_bytes} bytes, {len(values)} were given')
    return np.frombuffer(values, tensor.dtype.numpy).reshape(tensor.shape)
