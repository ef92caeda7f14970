"""TFLM's arena: predictions against TFLM as firmware, byte for byte, and against its interpreter on this machine."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lilliput import tflite
from lilliput.tflm.arena import Arena, simulate
from lilliput.tflm.cmsis_kernels import Extension, cmsis_kernels
from lilliput.tflm.kernels import REFERENCE
from lilliput.tflm.layout import LP64
from lilliput.tflm.model_file import read_model_file
from tests.cases.random_cases import RANDOM_CASES, random_case
from tests.cases.random_graphs import random_graph
from tests.tflm.interpreter import measure

_KERNELS = {
    "m4_ref_Os": REFERENCE,
    "m0p_ref_Os": REFERENCE,
    "m55_ref_Os": REFERENCE,
    "m4_cmsis_Os": cmsis_kernels(Extension.DSP),
    "m0p_cmsis_Os": cmsis_kernels(Extension.NONE),
    "m55_cmsis_Os": cmsis_kernels(Extension.MVE),
}
_RECORDING_BYTES = (240, 272)
"""What the interpreter's recording allocator, and its larger kernel data, add on this machine."""


@pytest.fixture(scope="module")
def measured(shared_baselines: Path) -> Mapping[str, Any]:
    """Model -> configuration -> what TFLM as firmware needed."""
    return json.loads((shared_baselines / "tflm_cortex_m.json").read_text())["models"]


def _arena(path: Path, configuration: str) -> Arena:
    return simulate(read_model_file(path.read_bytes(), path.name), _KERNELS[configuration])


@pytest.mark.parametrize("configuration", list(_KERNELS))
def test_the_arena_of_every_measured_firmware_is_predicted_to_the_byte(
    configuration: str, measured: Mapping[str, Any], shared_models: Path
) -> None:
    for name, configurations in measured.items():
        if configuration in configurations:
            expected = configurations[configuration]
            arena = _arena(shared_models / f"{name}.tflite", configuration)
            assert (name, arena.used_bytes, arena.smallest_working_bytes) == (
                name,
                expected["arena_used_bytes"],
                expected["arena_smallest_working_bytes"],
            )


@pytest.mark.usefixtures("tflm")
def test_activations_of_random_networks_are_planned_as_the_interpreter_plans_them() -> None:
    for seed in range(60):
        model = tflite.write(random_graph(seed))
        predicted = simulate(read_model_file(model, "random"), REFERENCE, LP64)
        assert (seed, predicted.activation_bytes) == (seed, measure(model).activation_bytes)


@pytest.mark.usefixtures("tflm")
@pytest.mark.parametrize("operator", list(RANDOM_CASES))
def test_each_kernel_takes_the_persistent_bytes_that_the_interpreter_takes(operator: str) -> None:
    for seed in range(3):
        model = tflite.write(random_case(operator, seed))
        parts = simulate(read_model_file(model, operator), REFERENCE, LP64).parts
        extra_bytes = measure(model).persistent_bytes - sum(part.size_bytes for part in parts)
        assert _RECORDING_BYTES[0] <= extra_bytes <= _RECORDING_BYTES[1]


def test_parts_and_activations_add_up_to_the_used_bytes() -> None:
    arena = simulate(read_model_file(tflite.write(random_graph(3)), "random"), REFERENCE)
    assert sum(part.size_bytes for part in arena.parts) + arena.activation_bytes == arena.used_bytes
    assert arena.smallest_working_bytes >= arena.used_bytes
