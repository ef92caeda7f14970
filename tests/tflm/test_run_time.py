"""TFLM's RAM besides the arena, and its instructions: predictions against measured images."""

import json
from pathlib import Path

import pytest

from lilliput import tflite
from lilliput.tflm.flash import configurations
from lilliput.tflm.model_file import read_model_file
from lilliput.tflm.run_time import predict_run_time
from tests.cases.random_cases import random_case


@pytest.mark.parametrize("configuration", list(configurations()))
def test_static_ram_is_exact_and_stack_is_enough_for_every_measured_image(
    configuration: str, shared_baselines: Path, shared_models: Path
) -> None:
    measured = json.loads((shared_baselines / "tflm_cortex_m.json").read_text())["models"]
    for name, images in measured.items():
        if configuration in images:
            model = read_model_file((shared_models / f"{name}.tflite").read_bytes(), name)
            found = predict_run_time(model, configuration)
            assert found.static_bytes == images[configuration]["static_bytes"]
            assert 0 <= found.stack_bytes - images[configuration]["stack_bytes"] < 700


@pytest.mark.parametrize("configuration", list(configurations()))
def test_an_operator_in_no_image_counts_as_the_deepest(configuration: str) -> None:
    unknown = read_model_file(tflite.write(random_case("expand_dims", 1)), "expand_dims")
    known = read_model_file(tflite.write(random_case("fully_connected", 1)), "fully_connected")
    assert predict_run_time(unknown, configuration).stack_bytes >= predict_run_time(known, configuration).stack_bytes
