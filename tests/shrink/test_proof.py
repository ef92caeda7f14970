"""The comparison of two models: what differs is found, where it is promised it counts, and refusals are told apart."""

from typing import Any, Literal

import pytest

from lilliput import oracles, tflite
from lilliput.errors import ToolError
from lilliput.ir import Graph
from lilliput.oracles import Oracle
from lilliput.shrink.proof import Model, prove
from lilliput.shrink.shrunk import ShrinkOptions
from tests.shrink.test_exact import without_weights
from tests.tflite.small_model import small_model

TFLM = Oracle("tflm", "1", contract="tflm")
LITERT = Oracle("litert", "2", contract="litert")


def model(graph: Graph) -> Model:
    """The graph as a file and as it is read from there."""
    data = tflite.write(graph)
    return Model(data, tflite.read_bytes(data, "model.tflite"))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, bool], bytes]:
    """What interpreters answer: (name, whether the model is the shrunk one) -> output; empty for a refusal."""
    given = {(name, shrunk): b"same" for name in ("tflm", "litert") for shrunk in (False, True)}

    def run(oracle: Oracle, _: bytes, graph: Graph, inputs: Any) -> Any:
        shrunk = any(tensor.data is not None and not tensor.data.any() for tensor in graph.tensors)
        answer = given[oracle.name, shrunk]
        if not answer:
            raise ToolError(f"{oracle.title} refuses the model: it is odd\nand more")
        return tuple((answer,) for _ in inputs)

    monkeypatch.setattr(oracles, "available", lambda: (TFLM, LITERT))
    monkeypatch.setattr(oracles, "run", run)
    return given


def failures(contract: Literal["both", "tflm"]) -> list[tuple[str, bool, str]]:
    """The failed checks of outputs: who, whether it counts, the refusal."""
    graph = small_model()
    proof = prove(model(graph), model(without_weights(graph)), ShrinkOptions(contract, inputs=2))
    return [(each.oracle.name, each.binds, each.refusal) for each in proof.checks if each.failed]


@pytest.mark.usefixtures("tflm")
def test_outputs_and_what_a_softmax_reads_are_compared() -> None:
    graph = small_model()
    proof = prove(model(graph), model(without_weights(graph)), ShrinkOptions(inputs=2))
    found = [check for check in proof.checks if check.oracle.name == "tflm"]
    assert [check.what for check in found] == ["outputs", "before the final softmax or logistic"]
    assert all(check.binds and check.failed and check.compared_bytes == 2 * 3 for check in found)


def test_a_difference_in_litert_counts_where_both_are_promised(answers: dict[tuple[str, bool], bytes]) -> None:
    answers["litert", True] = b"sand"
    assert {(name, binds) for name, binds, _ in failures("both")} == {("litert", True)}
    assert {(name, binds) for name, binds, _ in failures("tflm")} == {("litert", False)}


def test_to_refuse_only_the_shrunk_model_is_a_failure(answers: dict[tuple[str, bool], bytes]) -> None:
    answers["tflm", True] = b""
    reason = "TensorFlow Lite Micro refuses the model: it is odd"
    assert set(failures("tflm")) == {("tflm", True, reason)}


def test_the_interpreter_that_takes_the_original_counts_alone(answers: dict[tuple[str, bool], bytes]) -> None:
    answers["tflm", False] = b""
    answers["litert", True] = b"sand"
    assert {(name, binds) for name, binds, _ in failures("tflm")} == {("litert", True)}
