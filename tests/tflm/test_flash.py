"""TFLM's flash: predictions against measured images, and how they behave for other models."""

import json
from pathlib import Path

import pytest

from lilliput import tflite
from lilliput.errors import UsageError
from lilliput.tflm.flash import configurations, predict_flash
from lilliput.tflm.model_file import ModelFile, read_model_file
from tests.cases.random_cases import random_case


def _model(operator: str) -> ModelFile:
    return read_model_file(tflite.write(random_case(operator, 1)), operator)


@pytest.mark.parametrize("configuration", list(configurations()))
def test_every_measured_image_is_predicted_within_three_percent(
    configuration: str, shared_baselines: Path, shared_models: Path
) -> None:
    measured = json.loads((shared_baselines / "tflm_cortex_m.json").read_text())["models"]
    for name, images in measured.items():
        if configuration in images:
            model = read_model_file((shared_models / f"{name}.tflite").read_bytes(), name)
            prediction = predict_flash(model, configuration)
            assert prediction.unmeasured == ()
            assert prediction.flash_bytes == pytest.approx(images[configuration]["flash_bytes"], rel=0.03)


@pytest.mark.parametrize("configuration", list(configurations()))
def test_parts_and_the_model_add_up(configuration: str) -> None:
    model = _model("conv_2d")
    prediction = predict_flash(model, configuration)
    assert sum(prediction.parts.values()) == prediction.flash_bytes
    assert prediction.parts["model"] == model.size_bytes


def test_another_operator_never_makes_the_image_smaller() -> None:
    one = _model("fully_connected")
    graph = one.subgraphs[0]
    for operator in ("softmax", "conv_2d", "add"):
        both = ModelFile(one.name, one.size_bytes, (graph, *_model(operator).subgraphs), None)
        assert predict_flash(both, "m4_ref_Os").flash_bytes > predict_flash(one, "m4_ref_Os").flash_bytes


def test_an_operator_that_no_image_has_is_named() -> None:
    assert predict_flash(_model("squeeze"), "m4_ref_Os").unmeasured == ("squeeze",)


def test_an_unknown_configuration_is_a_usage_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        predict_flash(_model("add"), "m3_ref_Os")
    assert "m4_cmsis_Os_int8reg" in caught.value.advice
