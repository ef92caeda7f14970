"""Shrunk models: smaller or the same file, the same bytes in TFLM and LiteRT, and only what the contract allows."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lilliput import api, oracles, pipeline, tflite, transforms
from lilliput.errors import LilliputError, ModelError, UnsupportedError, VerificationError
from lilliput.ir import Graph
from lilliput.options import Options
from lilliput.shrink.exact import shrink_exactly
from lilliput.shrink.shrunk import ShrinkOptions, Shrunk
from lilliput.tflite.builder import SharingBuilder
from lilliput.tflite.signatures import Signature, read_signatures
from lilliput.tflm.offline_plan import write_plan
from lilliput.transforms import Transform
from tests.cases.builder import GraphBuilder
from tests.cases.random_cases import RANDOM_CASES, random_case
from tests.cases.random_graphs import random_graph
from tests.end_to_end.models import MODELS
from tests.tflite.small_model import MATRIX, small_model, with_tensor
from tests.tflite.test_mutations import mutated
from tests.transforms.test_drop_channels import network

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite"
QUICK = ShrinkOptions(inputs=3)
LARGEST_VWW_BYTES = 54_000


def shrunk(graph: Graph, options: ShrinkOptions = QUICK) -> Shrunk:
    """The graph, written and shrunk."""
    return shrink_exactly(tflite.write(graph), "model.tflite", options)


def smaller_graph(graph: Graph, options: ShrinkOptions = QUICK) -> Graph:
    """What a reader of the shrunk file sees."""
    return tflite.read_bytes(shrunk(graph, options).data, "model.tflite")


def proven_everywhere(result: Shrunk, oracle: str) -> bool:
    """Whether an interpreter found the outputs the same."""
    assert result.proof is not None
    return any(check.oracle.name == oracle and not check.failed for check in result.proof.checks)


@pytest.fixture
def no_oracles(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the base install."""
    monkeypatch.setattr(oracles, "available", lambda: ())


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function that leaves only the given transforms."""

    def choose(*chosen: Transform) -> None:
        monkeypatch.setattr(transforms, "ALL", chosen)

    return choose


@pytest.mark.usefixtures("tflm")
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_random_networks_compute_the_same_in_every_interpreter_that_takes_them(first: int) -> None:
    for seed in range(first, first + 20):
        for graph in (random_graph(seed), network(seed)):
            result = shrunk(graph)
            assert result.after.file_bytes == len(result.data) <= result.before.file_bytes, seed
            assert result.proof is None or proven_everywhere(result, "tflm"), seed


@pytest.mark.slow
@pytest.mark.usefixtures("tflm")
@pytest.mark.parametrize("first", range(60, 560, 100))
def test_five_hundred_random_networks_compute_the_same(first: int) -> None:
    for seed in range(first, first + 100):
        for graph in (random_graph(seed), network(seed)):
            result = shrunk(graph)
            assert result.proof is None or proven_everywhere(result, "tflm"), seed


@pytest.mark.usefixtures("tflm")
@pytest.mark.parametrize("operator", sorted(RANDOM_CASES))
def test_a_random_operator_computes_the_same(operator: str) -> None:
    for seed in range(3):
        result = shrunk(random_case(operator, seed))
        assert result.proof is None or proven_everywhere(result, "tflm")


@pytest.mark.usefixtures("tflm")
@pytest.mark.parametrize("inputs", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", MODELS)
def test_a_real_model_gets_smaller_and_computes_the_same(name: str, inputs: int, shared_models: Path) -> None:
    data = (shared_models / f"{name}.tflite").read_bytes()
    result = shrink_exactly(data, name, ShrinkOptions(inputs=inputs))
    assert len(result.data) < len(data)
    assert result.after.arena_bytes <= result.before.arena_bytes
    assert proven_everywhere(result, "tflm")
    assert proven_everywhere(result, "litert") or name == "person_detect"


def test_every_other_real_model_is_refused_as_compile_does(shared_models: Path) -> None:
    others = [path for path in sorted(shared_models.glob("*.tflite")) if path.stem not in MODELS]
    for path in others:
        with pytest.raises(UnsupportedError):
            shrink_exactly(path.read_bytes(), path.name, QUICK)


def test_most_of_a_network_with_constant_channels_goes(shared_models: Path) -> None:
    result = shrink_exactly((shared_models / "vww_96.tflite").read_bytes(), "vww_96.tflite", QUICK)
    assert len(result.data) <= LARGEST_VWW_BYTES
    saved = {saving.transform: saving for saving in result.savings}["drop_channels"]
    assert (saved.channels, saved.macs) > (2_000, 3_700_000)


def test_a_shrunk_model_is_as_small_as_it_gets() -> None:
    once = shrink_exactly(DIGITS.read_bytes(), "digits.tflite", QUICK)
    again = shrink_exactly(once.data, "digits.tflite", QUICK)
    assert (again.data, again.proof, again.after) == (once.data, None, once.after)


@pytest.mark.parametrize("seed", range(12))
def test_a_shrunk_model_leaves_the_compiler_nothing_to_drop(seed: int) -> None:
    again = transforms.rewrite(smaller_graph(network(seed), replace(QUICK, contract="tflm")))
    assert sum(saving.macs + saving.channels for saving in again.savings) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits", "vww_96", "kws"])
def test_firmware_of_both_files_has_the_same_size(name: str, shared_models: Path, tmp_path: Path) -> None:
    original = DIGITS if name == "digits" else shared_models / f"{name}.tflite"
    smaller = tmp_path / "smaller.tflite"
    api.shrink_model(original, smaller, QUICK)
    options = Options(name="model", plan_seconds=0.5)
    builds = [api.compile_model(model, tmp_path / model.stem, options) for model in (original, smaller)]
    assert builds[0].footprint.flash == builds[1].footprint.flash
    assert builds[0].footprint.ram_bytes == builds[1].footprint.ram_bytes


def test_inputs_and_outputs_keep_their_names_and_inner_tensors_only_when_asked_to() -> None:
    graph = small_model()
    assert [tensor.name for tensor in smaller_graph(graph).tensors if tensor.name] == ["image", "probabilities"]
    kept = smaller_graph(graph, replace(QUICK, keep_names=True))
    assert {tensor.name for tensor in kept.tensors} == {tensor.name for tensor in graph.tensors} - {"new shape"}


def test_signatures_stay() -> None:
    signature = Signature("serving_default", (("picture", 0),), (("probability", 0),))
    data = tflite.write(small_model(), [signature])
    smaller = shrink_exactly(data, "model.tflite", QUICK).data
    assert read_signatures(smaller, tflite.read_bytes(smaller, "model.tflite")) == (signature,)


def test_an_offline_plan_is_left_out_and_that_is_said() -> None:
    data = tflite.write(small_model())
    planned = write_plan(data, "model.tflite", [-1] * len(small_model().tensors))
    result = shrink_exactly(planned, "model.tflite", QUICK)
    assert b"OfflineMemoryAllocation" not in result.data
    assert any("offline memory plan" in note for note in result.notes)


@pytest.mark.usefixtures("tflm")
def test_where_one_channel_is_left_squeeze_still_leaves_it() -> None:
    builder = GraphBuilder()
    source = builder.input((1, 1, 1, 4), scale=0.5)
    weights = builder.constant(np.array([[1, 2, 3, 4], [0, 0, 0, 0]], np.int8).reshape(2, 1, 1, 4), [0.1, 0.1])
    bias = builder.constant(np.array([7, 1_000_000], np.int32), [0.05, 0.05])
    strides = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, "padding": 1}
    pixel = builder.node("conv_2d", [source, weights, bias], builder.computed((1, 1, 1, 2), scale=0.5), **strides)
    flat = builder.node("squeeze", [pixel], builder.computed((2,), scale=0.5))
    row = builder.node("reshape", [flat], builder.computed((1, 2), scale=0.5), new_shape=(1, 2))
    matrix = builder.constant(np.array([[3, 5]], np.int8), 0.1)
    zero = builder.constant(np.zeros(1, np.int32), 0.05)
    scores = builder.node("fully_connected", [row, matrix, zero], builder.computed((1, 1), scale=0.5))
    result = shrunk(builder.graph(scores))
    graph = tflite.read_bytes(result.data, "model.tflite")
    assert [graph.output(node).shape for node in graph.nodes[:2]] == [(1, 1, 1, 1), (1,)]
    assert proven_everywhere(result, "tflm")
    assert proven_everywhere(result, "litert")


def test_a_model_with_several_subgraphs_is_refused() -> None:
    builder = SharingBuilder()
    ends = builder.numbers((0,), "<i4")
    tensors = builder.references([builder.table("Tensor", {"Shape": builder.numbers((1,), "<i4"), "Type": 9})])
    subgraph = builder.table("SubGraph", {"Tensors": tensors, "Inputs": ends, "Outputs": ends})
    buffers = builder.references([builder.table("Buffer", {})])
    fields = {"Version": 3, "Subgraphs": builder.references([subgraph, subgraph]), "Buffers": buffers}
    with pytest.raises(UnsupportedError, match="2 subgraphs"):
        shrink_exactly(builder.finish(builder.table("Model", fields), b"TFL3"), "two.tflite", QUICK)


@pytest.mark.usefixtures("no_oracles")
def test_a_model_that_repeats_itself_more_than_a_reader_bears_stays_as_it_is() -> None:
    builder, channels = GraphBuilder(), 256
    scales, x = [0.01] * channels, builder.input((1, 1, 1, channels), scale=0.5)
    options = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, "padding": 1}
    for layer in range(40):
        weights = builder.constant(np.full((1, 1, 1, channels), layer + 1, np.int8), scales, axis=3)
        out = builder.computed((1, 1, 1, channels), scale=0.5)
        x = builder.node("depthwise_conv_2d", [x, weights], out, depth_multiplier=1, **options)
    small = tflite.write(builder.graph(x))
    with pytest.raises(ModelError):
        tflite.read_bytes(small, "model.tflite")
    result = shrink_exactly(_without_sharing(builder.graph(x)), "model.tflite", QUICK)
    assert result.proof is None
    assert tflite.read_bytes(result.data, "model.tflite").nodes


def _without_sharing(graph: Graph) -> bytes:
    """The graph in a file where each table has its own vectors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SharingBuilder, "_once", lambda _self, _key, write: write())
        return tflite.write(graph)


def without_weights(graph: Graph) -> Graph:
    """A wrong rewrite: the weights become zeros."""
    data = graph.tensors[MATRIX].data
    assert data is not None
    zeros = np.zeros_like(data)
    zeros.setflags(write=False)
    return with_tensor(graph, MATRIX, data=zeros) if data.any() else graph


@pytest.mark.usefixtures("tflm")
def test_a_wrong_rewrite_is_found_out(only: Callable[..., None]) -> None:
    only(Transform("without_weights", "Wrong.", without_weights))
    with pytest.raises(VerificationError, match=r"bytes differ") as error:
        shrunk(small_model())
    assert error.value.exit_code == 7


def test_a_rewrite_that_no_file_can_express_is_not_used(only: Callable[..., None]) -> None:
    only(Transform("without_weights", "Wrong.", without_weights, expressible=False))
    data = smaller_graph(small_model()).tensors[MATRIX].data
    assert data is not None
    assert data.any()


@pytest.mark.usefixtures("no_oracles")
def test_a_rewrite_for_one_arithmetic_is_used_only_where_that_is_all_that_counts(only: Callable[..., None]) -> None:
    only(Transform("without_weights", "Wrong in LiteRT.", without_weights, contract="tflm"))
    for contract, kept in (("both", True), ("tflm", False)):
        data = smaller_graph(small_model(), ShrinkOptions(contract)).tensors[MATRIX].data  # type: ignore[arg-type]
        assert data is not None
        assert data.any() == kept


@pytest.mark.usefixtures("no_oracles")
def test_without_an_interpreter_nothing_is_proven() -> None:
    proof = shrunk(small_model()).proof
    assert proof is not None
    assert (proof.checks, proof.refusals) == ((), ())


def _damaged(operator: str) -> Iterator[bytes]:
    original = tflite.write(random_case(operator, 0))
    return (mutated(original, seed) for seed in range(60))


@pytest.mark.usefixtures("no_oracles")
@pytest.mark.parametrize("operator", sorted(RANDOM_CASES))
def test_a_damaged_model_is_refused_or_shrunk_into_a_sound_one(operator: str) -> None:
    refused = 0
    for data in _damaged(operator):
        try:
            result = shrink_exactly(data, "damaged.tflite", QUICK)
        except LilliputError as error:
            refused += 1
            assert error.fact  # noqa: PT017
            continue
        assert len(result.data) <= len(data)
        pipeline.prepare(tflite.read_bytes(result.data, "damaged.tflite"))
    assert 0 < refused < 60
