"""The generator of random models itself: what it draws is legal, repeatable and not trivial."""

from collections.abc import Sequence

import pytest

from lilliput import tflite
from lilliput.oracles import available, random_inputs, run
from tests.cases.random_cases import RANDOM_CASES, random_case

_SEEDS = range(30)


_ORACLES_DIFFER = ("fully_connected", "logistic", "mul")
"""LiteRT rounds FULLY_CONNECTED once where TFLM rounds twice, and MUL differently in rare broadcasts; TFLM's LOGISTIC
saturates too early when the input scale is above 4."""


def _outputs(operator: str, seed: int, oracle_name: str = "tflm") -> Sequence[tuple[bytes, ...]]:
    oracle = next((oracle for oracle in available() if oracle.name == oracle_name), None)
    if oracle is None:
        pytest.skip(f"needs the package of the oracle {oracle_name}")
    graph = random_case(operator, seed)
    return run(oracle, tflite.write(graph), graph, random_inputs(graph, 3, seed))


def _refused_by_litert(operator: str, seed: int) -> bool:
    """LiteRT takes no CONV_2D without a bias."""
    return operator == "conv_2d" and len(random_case(operator, seed).nodes[0].inputs) < 3


@pytest.mark.parametrize("operator", [operator for operator in RANDOM_CASES if operator not in _ORACLES_DIFFER])
def test_tflm_and_litert_agree_on_all_operators_but_a_few(operator: str) -> None:
    for seed in range(10):
        if not _refused_by_litert(operator, seed):
            assert _outputs(operator, seed) == _outputs(operator, seed, "litert"), f"{operator}, seed {seed}"


def test_litert_rounds_fully_connected_layers_differently() -> None:
    assert any(_outputs("fully_connected", seed) != _outputs("fully_connected", seed, "litert") for seed in _SEEDS)


@pytest.mark.parametrize("operator", RANDOM_CASES)
def test_tflm_accepts_every_random_case_and_computes_tensors_of_the_shape_it_says(operator: str) -> None:
    varied = 0
    for seed in _SEEDS:
        graph = random_case(operator, seed)
        outputs = _outputs(operator, seed)
        for values in outputs:
            assert [len(value) for value in values] == [tensor.size_bytes for tensor in graph.select(graph.outputs)]
        varied += max(len(set(value)) for values in outputs for value in values) >= 8
    assert varied >= len(_SEEDS) / 4, "most random cases say next to nothing"


@pytest.mark.parametrize("operator", RANDOM_CASES)
def test_a_random_case_is_the_same_model_each_time(operator: str) -> None:
    models = {tflite.write(random_case(operator, seed)) for seed in (1, 2, 3, 1, 2, 3)}
    assert len(models) == 3


@pytest.mark.parametrize("operator", RANDOM_CASES)
def test_a_random_case_survives_the_file_format(operator: str) -> None:
    for seed in _SEEDS:
        graph = random_case(operator, seed)
        again = tflite.read_bytes(tflite.write(graph), "case.tflite")
        for tensor, read in zip(graph.tensors, again.tensors, strict=True):
            assert (tensor.shape, tensor.dtype, tensor.quantization) == (read.shape, read.dtype, read.quantization)
        for node, read in zip(graph.nodes, again.nodes, strict=True):
            assert node.options.items() <= read.options.items()
