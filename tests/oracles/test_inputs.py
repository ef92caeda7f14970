"""Inputs for the oracles: seeded random ones and those of .npz files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lilliput.errors import UsageError
from lilliput.ir import DType, Graph
from lilliput.oracles import data_inputs, random_inputs
from tests.cases.builder import GraphBuilder


def _int8_model(shape: tuple[int, ...] = (1, 2, 3), inputs: int = 1) -> Graph:
    builder = GraphBuilder()
    tensors = [builder.input(shape, scale=0.5, zero_point=3) for _ in range(inputs)]
    for tensor in tensors:
        builder.node("relu", [tensor], builder.computed(shape, scale=0.5, zero_point=3))
    return builder.graph()


def _float_model(scale: float = 0.5, zero_point: int = 3) -> Graph:
    builder = GraphBuilder()
    x = builder.input((1, 1000), DType.FLOAT32)
    builder.node("quantize", [x], builder.computed((1, 1000), scale=scale, zero_point=zero_point))
    return builder.graph()


def _save(folder: Path, **arrays: Any) -> Path:
    path = folder / "samples.npz"
    np.savez(path, **arrays)
    return path


def test_the_same_seed_gives_the_same_inputs_and_another_seed_others() -> None:
    graph = _int8_model()
    assert random_inputs(graph, 3, seed=7) == random_inputs(graph, 3, seed=7)
    assert random_inputs(graph, 3, seed=7) != random_inputs(graph, 3, seed=8)


def test_the_random_inputs_of_a_seed_never_change() -> None:
    (sample,) = random_inputs(_int8_model(), 1, seed=1)
    assert np.frombuffer(sample[0], np.int8).tolist() == [127, 100, -94, -7, 115, 61]


def test_more_random_inputs_begin_with_the_fewer_ones() -> None:
    graph = _int8_model(inputs=2)
    assert random_inputs(graph, 5, seed=0)[:2] == random_inputs(graph, 2, seed=0)


def test_random_int8_inputs_reach_both_ends_of_the_type() -> None:
    ((sample,),) = random_inputs(_int8_model((1, 10000)), 1, seed=0)
    values = np.frombuffer(sample, np.int8)
    assert (values.min(), values.max()) == (-128, 127)


def test_random_floats_are_finite_whatever_the_scale() -> None:
    ((sample,),) = random_inputs(_float_model(scale=3e37), 1, seed=0)
    assert np.isfinite(np.frombuffer(sample, "<f4")).all()


@pytest.mark.parametrize("change", [{"inputs": ()}, {"outputs": ()}, {"outputs": (0,)}], ids=str)
def test_a_broken_quantize_says_nothing_about_the_range(change: dict[str, tuple[int, ...]]) -> None:
    graph = _float_model()
    broken = replace(graph, nodes=(replace(graph.nodes[0], **change),))
    ((sample,),) = random_inputs(broken, 1, seed=0)
    assert abs(np.frombuffer(sample, "<f4")).max() <= 1


def test_random_float_inputs_fill_the_range_that_their_quantize_can_represent() -> None:
    ((sample,),) = random_inputs(_float_model(scale=0.5, zero_point=3), 1, seed=0)
    values = np.frombuffer(sample, "<f4")
    assert -65.5 <= values.min() < -64
    assert 61 < values.max() <= 62


def test_random_float_inputs_without_a_quantize_lie_between_minus_one_and_one() -> None:
    builder = GraphBuilder()
    x = builder.input((1000,), DType.FLOAT32)
    builder.node("relu", [x], builder.computed((1000,), DType.FLOAT32))
    ((sample,),) = random_inputs(builder.graph(), 1, seed=0)
    values = np.frombuffer(sample, "<f4")
    assert -1 <= values.min() < -0.9
    assert 0.9 < values.max() <= 1


def test_no_random_values_are_made_up_for_strings() -> None:
    builder = GraphBuilder()
    x = builder.input((1,), DType.STRING)
    builder.node("relu", [x], builder.computed((1,), DType.STRING))
    with pytest.raises(UsageError, match="STRING"):
        random_inputs(builder.graph(), 1, seed=0)


@pytest.mark.parametrize("key", ["x", "t0"])
@pytest.mark.parametrize("shape", [(4, 1, 2, 3), (4, 2, 3), (4, 2, 3, 1)])
def test_a_file_gives_one_input_set_for_each_sample(tmp_path: Path, key: str, shape: tuple[int, ...]) -> None:
    values = np.arange(24, dtype=np.int8)
    samples = data_inputs(_save(tmp_path, **{key: values.reshape(shape)}), _int8_model())
    assert samples == [[values[start : start + 6].tobytes()] for start in range(0, 24, 6)]


def test_a_model_with_several_inputs_takes_an_array_for_each_by_its_name(tmp_path: Path) -> None:
    first, second = np.arange(12, dtype=np.int8).reshape(2, 2, 3), np.arange(12, 24, dtype=np.int8).reshape(2, 2, 3)
    samples = data_inputs(_save(tmp_path, t1=second, t0=first), _int8_model(inputs=2))
    assert samples == [[first[i].tobytes(), second[i].tobytes()] for i in range(2)]


def test_floats_for_an_int8_input_are_refused_with_the_formula_to_quantise_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        data_inputs(_save(tmp_path, x=np.zeros((4, 2, 3), np.float32)), _int8_model())
    assert "int8 of shape (samples, 1, 2, 3)" in caught.value.fact
    assert "float32 of shape (4, 2, 3)" in caught.value.fact
    assert "np.round(x / 0.5) + 3" in caught.value.advice


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((4, 2, 4), np.int8)}, r"the array is int8 of shape \(4, 2, 4\)"),
        ({"x": np.zeros((4, 3, 2), np.int8)}, r"the array is int8 of shape \(4, 3, 2\)"),
        ({"x": np.zeros((4, 2, 3), np.uint8)}, r"the array is uint8 of shape"),
        ({"x": np.zeros((0, 2, 3), np.int8)}, "has no samples"),
        ({"x": np.int8(3)}, r"the array is int8 of shape \(\)"),
        ({"y": np.zeros((4, 2, 3), np.int8)}, 'there is no array for the input "t0"; the arrays are: "y"'),
        ({"x": np.array([{}])}, "not a sound .npz file"),
    ],
)
def test_a_file_that_does_not_fit_says_what_was_expected_and_found(
    tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        data_inputs(_save(tmp_path, **arrays), _int8_model())


def test_arrays_with_different_numbers_of_samples_are_refused(tmp_path: Path) -> None:
    path = _save(tmp_path, t0=np.zeros((3, 2, 3), np.int8), t1=np.zeros((2, 2, 3), np.int8))
    with pytest.raises(UsageError, match=r"different numbers of samples: \[2, 3\]"):
        data_inputs(path, _int8_model(inputs=2))


def test_values_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not finite"):
        data_inputs(_save(tmp_path, x=np.full((1, 1000), np.nan, np.float32)), _float_model())


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"PK\x03\x04 broken"])
def test_a_file_that_is_missing_or_no_npz_is_a_usage_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "samples.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"samples\.npz"):
        data_inputs(path, _int8_model())
