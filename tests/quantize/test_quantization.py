"""Whole networks in integers: near the float ones, alike in interpreters and compiled code, scales where needed."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
import pytest

from lilliput import tflite
from lilliput.accuracy import Samples, read_samples, scores_of_oracle
from lilliput.accuracy.evaluation import model_inputs, scores_of_code
from lilliput.errors import ModelError, UnsupportedError, UsageError
from lilliput.ir import DType, Graph, Tensor
from lilliput.ir.checker import check
from lilliput.operators.fixed_point import quantization
from lilliput.oracles import Oracle, run
from lilliput.quantize import QuantizeOptions, quantize
from tests.cases.builder import GraphBuilder
from tests.quantize.float_graphs import float_graphs, nodes_of, samples_for

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits"
DIGITS = tflite.read(EXAMPLE / "digits_float.tflite")
CALIBRATION = read_samples(EXAMPLE / "calibration.npz")
RANDOM = dict(islice(float_graphs(), 30))
pytestmark = pytest.mark.usefixtures("tflm", "litert")


def test_set() -> Samples:
    stored = read_samples(EXAMPLE / "test_set.npz")
    return Samples((stored.x.astype(np.float32) + 128) / 15, stored.y, (), stored.source)


test_set.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]


@pytest.mark.parametrize(
    "options",
    [
        QuantizeOptions(),
        QuantizeOptions("percentile"),
        QuantizeOptions("mse"),
        QuantizeOptions(input_range=(0, 17)),
        QuantizeOptions(activations="int16"),
        QuantizeOptions(wide=frozenset({0, 5})),
    ],
)
def test_the_digits_lose_at_most_half_a_point(options: QuantizeOptions, litert: Oracle) -> None:
    samples = test_set()
    outputs = run(litert, tflite.write(DIGITS), DIGITS, model_inputs(DIGITS, samples))
    answers = np.array([np.frombuffer(scores, np.float32).argmax() for (scores,) in outputs])
    quantized = quantize(DIGITS, CALIBRATION, options).graph
    scores = scores_of_oracle(tflite.write(quantized), quantized, samples)
    assert (scores.argmax(axis=1) == samples.y).mean() >= (answers == samples.y).mean() - 0.005


@pytest.mark.parametrize("seed", list(RANDOM)[:6])
def test_compiled_code_gives_the_bytes_of_tflm(seed: int) -> None:
    graph = RANDOM[seed]
    quantized = quantize(graph, samples_for(graph, 8)).graph
    others = samples_for(graph, 4, seed=1)
    expected = scores_of_oracle(tflite.write(quantized), quantized, others)
    np.testing.assert_array_equal(scores_of_code(quantized, others), expected)


@pytest.mark.parametrize("seed", RANDOM)
def test_a_random_network_is_near_the_float_one_and_can_be_compiled(seed: int) -> None:
    graph = RANDOM[seed]
    quantized = quantize(graph, samples_for(graph, 10))
    check(quantized.graph)
    assert quantized.report.not_compiled == ()
    assert all(tensor.dtype is not DType.FLOAT32 for tensor in quantized.graph.tensors)
    ratios = [layer.signal_to_noise for layer in quantized.report.layers or ()]
    assert min((ratio for ratio in ratios if ratio is not None), default=99) > 18


@pytest.mark.parametrize("seed", list(RANDOM)[:10])
def test_int16_activations_make_less_noise(seed: int) -> None:
    graph = RANDOM[seed]
    reports = [
        quantize(graph, samples_for(graph, 5), QuantizeOptions(activations=kind)).report for kind in ("int8", "int16")
    ]
    narrow, wide = ([layer.signal_to_noise or 99 for layer in report.layers or ()] for report in reports)
    assert narrow
    assert sum(wide) > sum(narrow)
    assert reports[1].not_compiled


_COPYING = ("reshape", "pad", "average_pool_2d", "max_pool_2d", "split", "strided_slice", "resize_nearest_neighbor")


@pytest.mark.parametrize("seed", RANDOM)
def test_operators_that_copy_keep_the_scale(seed: int) -> None:
    graph = quantize(RANDOM[seed], samples_for(RANDOM[seed], 3)).graph
    for node in nodes_of(graph, *_COPYING):
        data = [tensor for tensor in graph.select(node.inputs) if tensor.dtype is DType.INT8]
        assert {tensor.quantization for tensor in (*data, *graph.select(node.outputs))} == {data[0].quantization}
    for node in nodes_of(graph, "concatenation"):
        tensors = (*graph.select(node.inputs), graph.output(node))
        assert len({tensor.quantization for tensor in tensors}) == 1


def test_a_layer_has_symmetric_weights_and_the_bias_its_scale() -> None:
    graph = quantize(DIGITS, CALIBRATION).graph
    for node, axis in zip(graph.nodes, (0, 3, 0, None, None, None, None), strict=True):
        if node.operator in ("conv_2d", "depthwise_conv_2d", "fully_connected"):
            source, weights, bias = graph.select(node.inputs)
            scales = quantization(weights).scales
            assert len(scales) == (1 if axis is None else weights.shape[axis])
            assert not any(quantization(weights).zero_points)
            assert np.abs(np.asarray(weights.data, np.int16)).max() <= 127
            assert quantization(bias).scales == pytest.approx([quantization(source).scale * each for each in scales])


def fixed_and_free() -> Graph:
    """A LOGISTIC and the tensor that it reads, one behind the other: their scales cannot be the same."""
    builder = GraphBuilder()
    x = builder.input((1, 2, 2, 3), DType.FLOAT32)
    y = builder.node("logistic", [x], builder.computed((1, 2, 2, 3), DType.FLOAT32))
    joined = builder.computed((1, 2, 2, 6), DType.FLOAT32)
    return builder.graph(builder.node("concatenation", [x, y], joined, axis=3, fused_activation_function=0))


def test_a_tensor_whose_scale_is_demanded_is_requantised_where_another_is_needed() -> None:
    graph = fixed_and_free()
    found = quantize(graph, samples_for(graph, 20))
    assert [node.operator for node in found.graph.nodes] == ["logistic", "quantize", "concatenation"]
    assert quantization(found.graph.output(found.graph.nodes[0])).scale == 1 / 256
    assert found.report.not_compiled == ()


def movements() -> Graph:
    """Every operator that only moves values and that random networks do not have."""
    builder = GraphBuilder()

    def computed(*shape: int) -> int:
        return builder.computed(shape, DType.FLOAT32)

    x = builder.input((1, 4, 4, 3), DType.FLOAT32)
    paddings, corner = builder.constant([[0, 0], [1, 1], [0, 2], [0, 0]]), builder.constant(np.float32(-1.5))
    padded = builder.node("padv2", [x, paddings, corner], computed(1, 6, 6, 3))
    turned = builder.node("transpose", [padded, builder.constant([0, 3, 1, 2])], computed(1, 3, 6, 6))
    squeezed = builder.node("squeeze", [turned], computed(3, 6, 6), squeeze_dims=(0,))
    expanded = builder.node("expand_dims", [squeezed, builder.constant(0)], computed(1, 3, 6, 6))
    twice = builder.node("pack", [expanded, expanded], computed(2, 1, 3, 6, 6), values_count=2, axis=0)
    shift = builder.constant(np.full((1, 1, 1, 1, 6), 0.5, np.float32))
    options = {"fused_activation_function": 0, "pot_scale_int16": True}
    return builder.graph(builder.node("add", [twice, shift], computed(2, 1, 3, 6, 6), **options))


@pytest.mark.parametrize("activations", ["int8", "int16"])
def test_operators_that_move_values_leave_them_as_they_are(activations: Literal["int8", "int16"]) -> None:
    graph = movements()
    found = quantize(graph, samples_for(graph, 60), QuantizeOptions(activations=activations))
    scales = {found.graph.output(node).quantization for node in found.graph.nodes[:-1]}
    assert len(scales) == 1
    assert (found.report.not_compiled == ()) is (activations == "int8")
    others = samples_for(graph, 5, seed=1)
    scores = scores_of_oracle(tflite.write(found.graph), found.graph, others)
    padded = np.pad(others.x.reshape(5, 4, 4, 3), ((0, 0), (1, 1), (0, 2), (0, 0)), constant_values=-1.5)
    wanted = np.tile(padded.transpose(0, 3, 1, 2).reshape(5, -1), 2) + 0.5
    assert np.abs(scores - wanted).max() < 0.02


def test_variables_are_refused() -> None:
    graph = fixed_and_free()
    (index,) = graph.inputs
    state = len(graph.tensors)
    tensors = (*graph.tensors, replace(graph.tensors[index], name="state", is_variable=True))
    nodes = (replace(graph.nodes[0], inputs=(state,)), graph.nodes[1])
    with pytest.raises(UnsupportedError, match="operator 0 LOGISTIC: an input is a variable"):
        quantize(replace(graph, tensors=tensors, nodes=nodes), samples_for(graph, 3))


def test_a_model_that_contradicts_itself_is_refused_before_an_interpreter_sees_it() -> None:
    output = DIGITS.nodes[0].outputs[0]
    wrong = replace(DIGITS.tensors[output], shape=(1, 9, 9, 16))
    with pytest.raises(ModelError, match="operator 0 CONV_2D contradicts itself"):
        quantize(with_tensor(DIGITS, output, wrong), CALIBRATION)
    bias = DIGITS.nodes[0].inputs[2]
    data = np.zeros(3, np.float32)
    data.setflags(write=False)
    with pytest.raises(ModelError, match=r"weights \[16, 3, 3, 1\], bias \[3\]"):
        quantize(with_tensor(DIGITS, bias, replace(DIGITS.tensors[bias], shape=(3,), data=data)), CALIBRATION)


def test_a_relu_that_nothing_else_reads_becomes_part_of_the_layer() -> None:
    builder = GraphBuilder()
    x = builder.input((1, 4), DType.FLOAT32)
    weights, bias = builder.constant(np.eye(4, dtype=np.float32)), builder.constant(np.zeros(4, np.float32))
    y = builder.node(
        "fully_connected", [x, weights, bias], builder.computed((1, 4), DType.FLOAT32), fused_activation_function=0
    )
    graph = builder.graph(builder.node("relu", [y], builder.computed((1, 4), DType.FLOAT32)))
    quantized = quantize(graph, samples_for(graph, 60)).graph
    assert [node.option("fused_activation_function") for node in quantized.nodes] == [1]
    assert quantization(quantized.output(quantized.nodes[0])).zero_point == -128


def test_bias_correction_keeps_the_mean_of_each_output() -> None:
    random = np.random.default_rng(5)
    builder = GraphBuilder()
    x = builder.input((1, 64), DType.FLOAT32)
    weights = builder.constant((random.normal(size=(8, 64)) * np.geomspace(0.02, 1, 8)[:, None]).astype(np.float32))
    bias = builder.constant(random.normal(size=8).astype(np.float32))
    y = builder.computed((1, 8), DType.FLOAT32)
    graph = builder.graph(builder.node("fully_connected", [x, weights, bias], y, fused_activation_function=0))
    samples = Samples(random.uniform(0, 1, (80, 64)).astype(np.float32), np.zeros(80), (), "random")
    wanted = samples.x @ np.asarray(graph.tensors[weights].data).T + np.asarray(graph.tensors[bias].data)

    def shift(*, corrected: bool) -> float:
        found = quantize(graph, samples, QuantizeOptions(bias_correction=corrected)).graph
        return float(np.abs(scores_of_oracle(tflite.write(found), found, samples).mean(0) - wanted.mean(0)).mean())

    assert shift(corrected=True) < shift(corrected=False) / 2


def test_the_worst_layers_come_first() -> None:
    report = quantize(DIGITS, CALIBRATION).report
    ratios = [layer.signal_to_noise or 0 for layer in report.worst]
    assert ratios == sorted(ratios)
    assert ratios[0] == min(layer.signal_to_noise or 99 for layer in report.layers or ())


def with_tensor(graph: Graph, index: int, tensor: Tensor) -> Graph:
    return replace(graph, tensors=(*graph.tensors[:index], tensor, *graph.tensors[index + 1 :]))


def test_all_that_cannot_be_quantised_is_named_at_once() -> None:
    nodes = tuple(
        replace(node, operator=name, options=MappingProxyType({}))
        for node, name in zip(DIGITS.nodes, ("abs", "abs", "conv_2d", "cos", "reshape", "neg", "softmax"), strict=True)
    )
    with pytest.raises(UnsupportedError) as caught:
        quantize(replace(DIGITS, nodes=nodes), CALIBRATION)
    assert len(caught.value.problems) == 4
    assert caught.value.exit_code == 4


def test_weights_that_are_not_finite_are_refused() -> None:
    weights = DIGITS.nodes[0].inputs[1]
    data = np.array(DIGITS.tensors[weights].data)
    data.flat[3] = np.inf
    data.setflags(write=False)
    with pytest.raises(ModelError, match="not finite"):
        quantize(with_tensor(DIGITS, weights, replace(DIGITS.tensors[weights], data=data)), CALIBRATION)


def test_values_that_are_not_finite_are_told_with_the_sample() -> None:
    x = np.array(CALIBRATION.x, np.float32)
    x[7] = np.float32(3e38) * np.where(x[7] > 5, 1, -1)
    with pytest.raises(ModelError, match="not finite on sample 7"):
        quantize(DIGITS, replace(CALIBRATION, x=x))


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        (np.zeros((9, 8, 7)), QuantizeOptions(), r"a sample has shape \[8, 7\]"),
        (np.ones((9, 8, 8)), QuantizeOptions(), "all values of the calibration samples are 1"),
        (CALIBRATION.x, QuantizeOptions(input_range=(0, 1)), "the samples are from 0 to 16, the input range is 0 to 1"),
        (CALIBRATION.x, QuantizeOptions(wide=frozenset({77})), "there is no operator 77"),
    ],
)
def test_calibration_that_cannot_be_right_is_refused(
    x: np.ndarray[tuple[int, ...], np.dtype[np.float32]], options: QuantizeOptions, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        quantize(DIGITS, Samples(x.astype(np.float32), np.zeros(len(x)), (), "here"), options)


def test_a_model_of_integers_is_refused() -> None:
    with pytest.raises(UsageError, match="quantised already"):
        quantize(tflite.read(EXAMPLE / "digits.tflite"), CALIBRATION)


def test_few_samples_are_noted() -> None:
    assert "5 calibration samples are few" in quantize(DIGITS, CALIBRATION.part(range(5))).report.notes[0]


def test_a_tensor_that_is_always_zero_is_noted_and_quantised() -> None:
    bias = DIGITS.nodes[0].inputs[2]
    data = np.full(DIGITS.tensors[bias].shape, -1e4, np.float32)
    data.setflags(write=False)
    silent = quantize(with_tensor(DIGITS, bias, replace(DIGITS.tensors[bias], data=data)), CALIBRATION)
    assert any('the tensor "conv" is zero on all samples' in note for note in silent.report.notes)
    assert silent.report.not_compiled == ()


@pytest.mark.parametrize(
    "arguments", [{"ranges": "some"}, {"activations": "int4"}, {"percentile": 20}, {"input_range": (1, 1)}]
)
def test_impossible_options_are_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        QuantizeOptions(**arguments)  # pyright: ignore[reportArgumentType]


def test_a_model_of_the_field_answers_as_in_float(shared_models: Path, litert: Oracle) -> None:
    graph = tflite.read(shared_models / "mnist_float.tflite")
    samples = samples_for(graph, 60)
    quantized = quantize(graph, samples)
    assert quantized.report.not_compiled == ()
    assert min(layer.signal_to_noise or 99 for layer in quantized.report.layers or ()) > 20
    others = samples_for(graph, 20, seed=1)
    outputs = run(litert, tflite.write(graph), graph, model_inputs(graph, others))
    wanted = np.array([np.frombuffer(scores, np.float32) for (scores,) in outputs])
    found = scores_of_code(quantized.graph, others)
    assert np.abs(found - wanted).mean() < 0.02
