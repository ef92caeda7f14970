"""Whole models with compressed weights: the same outputs, smaller files, the arena to the byte, damage refused."""

import tempfile
from dataclasses import replace
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from tools import write_tflm_compress_example

from lilliput import oracles, tflite
from lilliput.errors import LilliputError, ModelError
from lilliput.ir import Graph
from lilliput.oracles.tflm import load
from lilliput.pipeline import prepare
from lilliput.tflm.arena import simulate
from lilliput.tflm.cmsis_kernels import Extension, cmsis_kernels
from lilliput.tflm.decode.compress import compress_weights
from lilliput.tflm.decode.header import OPERATOR, Format
from lilliput.tflm.decode.insert import insert
from lilliput.tflm.decode.pruning import encode
from lilliput.tflm.decode.unpack import unpack
from lilliput.tflm.kernels import REFERENCE
from lilliput.tflm.layout import LP64
from lilliput.tflm.model_file import read_model_file
from lilliput.tflm.package import package
from tests.cases.random_graphs import random_graph
from tests.tflite.test_mutations import mutated
from tests.tflm.decode_graphs import sparse_network
from tests.tflm.interpreter import measure

_INPUTS = 20
_MODELS = ("anomaly_ad01", "micro_speech", "person_detect", "resnet_ic", "strww", "vww_96")
_LONGEST_READ_SECONDS = 2.0


def _outputs(model: bytes, graph: Graph) -> list[list[bytes]]:
    """What TFLM's interpreter computes from seeded inputs; `graph` is the uncompressed model."""
    with tempfile.TemporaryFile() as log:
        session = load(model, graph, log, keep_tensors=False)
        found: list[list[bytes]] = []
        for sample in oracles.random_inputs(graph, _INPUTS, seed=3):
            values = [
                np.frombuffer(data, tensor.dtype.numpy).reshape(tensor.shape)
                for data, tensor in zip(sample, graph.select(graph.inputs), strict=True)
            ]
            session.invoke(values)
            found.append([session.output(position) for position in range(len(graph.outputs))])
        return found


def _compressed(data: bytes, name: str = "model") -> bytes:
    found = compress_weights(data, name)
    assert found.data is not None
    return found.data


@pytest.mark.usefixtures("tflm")
@pytest.mark.parametrize("name", _MODELS)
def test_real_models_get_smaller_and_compute_the_same_bytes_in_tflms_interpreter(
    name: str, shared_models: Path
) -> None:
    data = (shared_models / f"{name}.tflite").read_bytes()
    graph = tflite.read_bytes(data, name)
    smaller = _compressed(data, name)
    assert len(smaller) < len(data)
    assert _outputs(smaller, graph) == _outputs(data, graph)


@pytest.mark.usefixtures("tflm")
def test_every_format_is_chosen_where_it_is_the_smallest_and_computes_the_same_bytes() -> None:
    graph = sparse_network()
    data = tflite.write(graph)
    found = compress_weights(data, "sparse")
    assert [each.chosen for each in found.weights] == [Format.PRUNING, Format.LUT, Format.HUFFMAN]
    for each in found.weights:
        assert each.chosen is not None
        assert each.sizes[each.chosen] == min(each.sizes.values())
    assert found.rewritten_bytes - found.size_bytes_after == sum(each.saved_bytes for each in found.weights)
    assert found.data is not None
    assert _outputs(found.data, graph) == _outputs(data, graph)


@pytest.mark.usefixtures("tflm")
def test_the_arena_of_compressed_models_is_predicted_as_the_interpreter_takes_it() -> None:
    data = tflite.write(sparse_network())
    files = (data, _compressed(data))
    extra: list[int] = []
    for file in files:
        predicted, measured = simulate(read_model_file(file, "sparse"), REFERENCE, LP64), measure(file)
        assert predicted.activation_bytes == measured.activation_bytes
        # What the interpreter's recording adds is the same for both.
        extra.append(measured.persistent_bytes - sum(part.size_bytes for part in predicted.parts))
    assert extra[0] == extra[1]


@pytest.mark.usefixtures("tflm")
def test_pruning_with_zero_points_by_channel_takes_them_from_the_arena() -> None:
    graph = sparse_network()
    index = graph.nodes[0].inputs[1]
    tensor = graph.tensors[index]
    assert tensor.data is not None
    assert tensor.quantization is not None
    sizes: list[tuple[int, int]] = []
    for zero_point in (0, 1):
        shifted = replace(tensor, quantization=replace(tensor.quantization, zero_points=(zero_point,) * 32))
        changed = replace(graph, tensors=(*graph.tensors[:index], shifted, *graph.tensors[index + 1 :]))
        encoded = encode(shifted, tensor.data)
        assert encoded is not None
        file = tflite.write(insert(changed, {index: encoded}))
        predicted = simulate(read_model_file(file, "shifted"), REFERENCE, LP64)
        sizes.append((measure(file).persistent_bytes, sum(part.size_bytes for part in predicted.parts)))
    assert sizes[1][0] - sizes[0][0] == sizes[1][1] - sizes[0][1] == 32


def test_sums_of_decoded_weights_move_from_persistent_to_scratch_memory_on_cores_with_mve() -> None:
    data = tflite.write(sparse_network())
    kernels = cmsis_kernels(Extension.MVE)
    dense, decoded = (simulate(read_model_file(file, "sparse"), kernels) for file in (data, _compressed(data)))
    assert "sums of weights" in {part.purpose for part in dense.parts}
    assert "sums of weights" not in {part.purpose for part in decoded.parts}


def test_leaving_any_tensor_dense_makes_the_file_larger() -> None:
    found = compress_weights(tflite.write(sparse_network()), "sparse")
    assert all(each.saved_bytes > 0 for each in found.weights if each.chosen)
    assert all(each.saved_bytes == 0 for each in found.weights if not each.chosen)


def test_only_what_fits_is_compressed() -> None:
    data = tflite.write(sparse_network())
    decoded: list[int] = []

    def fits(candidate: bytes) -> bool:
        size = simulate(read_model_file(candidate, "sparse"), REFERENCE).smallest_working_bytes
        decoded.append(size)
        return size <= min(decoded)

    found = compress_weights(data, "sparse", fits)
    assert found.data is not None
    assert simulate(read_model_file(found.data, "sparse"), REFERENCE).smallest_working_bytes <= max(decoded)
    assert compress_weights(data, "sparse", lambda _: False).data is None


def test_each_reader_has_its_own_operator_directly_before_it() -> None:
    graph = sparse_network()
    first = graph.nodes[0]
    twice = replace(graph, nodes=(first, replace(first, outputs=(len(graph.tensors),)), *graph.nodes[1:]))
    twice = replace(twice, tensors=(*graph.tensors, graph.output(first)), outputs=(*graph.outputs, len(graph.tensors)))
    written = tflite.read_bytes(_compressed(tflite.write(twice)), "twice")
    readers = [node.inputs[1] for node in written.nodes if node.operator == "conv_2d"]
    assert len(set(readers)) == 2
    for node, following in zip(written.nodes, written.nodes[1:], strict=False):
        if node.operator == OPERATOR:
            assert node.outputs[0] in following.inputs
    encoded = {node.inputs for node in written.nodes if node.operator == OPERATOR}
    assert len(encoded) == 3


def test_random_networks_without_weights_to_gain_are_left_as_they_are() -> None:
    for seed in range(20):
        data = tflite.write(random_graph(seed))
        found = compress_weights(data, "random")
        assert found.size_bytes_after <= len(data)
        if found.data is None:
            assert found.reason
            assert all(each.chosen is None and not each.saved_bytes for each in found.weights)


def test_a_compressed_model_is_not_compressed_again() -> None:
    once = _compressed(tflite.write(sparse_network()))
    assert compress_weights(once, "once").data is None


def test_the_same_model_gives_the_same_file() -> None:
    data = tflite.write(sparse_network())
    assert _compressed(data) == _compressed(data)


def test_the_resolver_registers_the_operator(tmp_path: Path) -> None:
    path = tmp_path / "sparse.tflite"
    path.write_bytes(tflite.write(sparse_network()))
    made = package([path], compress=True)
    assert "  resolver.AddDecode();" in made.files["sparse_resolver.h"].decode().splitlines()
    assert not made.missing
    assert not any(report.unknown for report in made.models[0].arenas)


def test_everything_else_reads_a_compressed_model_as_the_dense_one() -> None:
    graph = sparse_network()
    data = tflite.write(graph)
    dense = prepare(tflite.read_bytes(data, "sparse"))
    decoded = prepare(tflite.read_bytes(_compressed(data), "sparse"))
    assert [node.operator for node in decoded.nodes] == [node.operator for node in dense.nodes]
    for one, other in zip(dense.nodes, decoded.nodes, strict=True):
        for left, right in zip(dense.input_tensors(one), decoded.input_tensors(other), strict=True):
            values = [None if each is None or each.data is None else each.data.tobytes() for each in (left, right)]
            assert values[0] == values[1]


def test_damaged_compressed_files_are_decoded_or_refused_quickly() -> None:
    data = _compressed(tflite.write(sparse_network()))
    refused = 0
    for seed in range(600):
        start = process_time()
        try:
            unpack(tflite.read_bytes(mutated(data, seed), "damaged"))
        except LilliputError:
            refused += 1
        assert process_time() - start < _LONGEST_READ_SECONDS
    assert 0 < refused < 600


def test_a_few_bytes_cannot_claim_a_huge_tensor() -> None:
    graph = tflite.read_bytes(_compressed(tflite.write(sparse_network())), "claims")
    output = next(node.outputs[0] for node in graph.nodes if node.operator == OPERATOR)
    huge = replace(graph.tensors[output], shape=(32, 2**26), quantization=None)
    with pytest.raises(ModelError, match="more values are decoded"):
        unpack(replace(graph, tensors=(*graph.tensors[:output], huge, *graph.tensors[output + 1 :])))


def test_a_few_bytes_cannot_be_decoded_again_and_again_to_tensors_of_other_shapes() -> None:
    graph = tflite.read_bytes(_compressed(tflite.write(sparse_network())), "claims")
    node = next(each for each in graph.nodes if each.operator == OPERATOR)
    tensor = replace(graph.tensors[node.outputs[0]], quantization=None)
    first = len(graph.tensors)
    copies = [replace(tensor, shape=(*(1,) * number, tensor.elements)) for number in range(100)]
    nodes = tuple(replace(node, outputs=(first + number,)) for number in range(100))
    with pytest.raises(ModelError, match="more values are decoded"):
        unpack(replace(graph, tensors=(*graph.tensors, *copies), nodes=nodes, outputs=(first,)))


def test_damage_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    data = _compressed(tflite.write(sparse_network()))
    graph = tflite.read_bytes(data, "damaged")
    ancillary = graph.tensors[next(node for node in graph.nodes if node.operator == OPERATOR).inputs[1]]
    assert ancillary.data is not None
    path = tmp_path / "damaged.tflite"
    path.write_bytes(data.replace(ancillary.data.tobytes()[:5], b"\x02\x01\x00\x00\x09", 1))
    with pytest.raises(ModelError, match="another version"):
        package([path])


@pytest.mark.slow
@pytest.mark.usefixtures("shared_models")
def test_the_page_shows_what_its_commands_print() -> None:
    page = write_tflm_compress_example.PAGE.read_text(encoding="utf-8")
    assert write_tflm_compress_example.filled(page) == page
