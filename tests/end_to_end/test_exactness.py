"""Real models, whole and cut before their final softmax: the compiled code against TFLM, byte for byte."""

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from lilliput import api, oracles, tflite
from lilliput.options import Options
from lilliput.verification import Verification, verify
from tests.end_to_end.models import MODELS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("tflm")]

DIGITS = Path(__file__).parents[2] / "examples" / "digits"


def assert_exact(verification: Verification) -> None:
    assert verification.oracle.name == "tflm"
    assert verification.mismatched_bytes == 0, verification.first_mismatch
    assert all(comparison.compared_bytes > 0 for comparison in verification.comparisons)


@pytest.mark.parametrize("model", MODELS)
def test_twenty_random_inputs_on_the_host_give_the_bytes_of_tflm(model: str, shared_models: Path) -> None:
    assert_exact(api.verify_model(shared_models / f"{model}.tflite", Options(target="host"), inputs=20))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m4"])
@pytest.mark.parametrize(("toolchain", "optimize"), [("zig", "speed"), ("gcc", "size")])
def test_three_random_inputs_on_an_emulated_core_give_the_bytes_of_tflm(
    model: str,
    target: str,
    toolchain: Literal["zig", "gcc"],
    optimize: Literal["size", "speed"],
    shared_models: Path,
    request: pytest.FixtureRequest,
) -> None:
    if toolchain == "gcc":
        request.getfixturevalue("arm_gcc")
    options = Options(target, toolchain, optimize)
    assert_exact(api.verify_model(shared_models / f"{model}.tflite", options, inputs=3, seed=1))


@pytest.mark.parametrize("target", ["cortex-m3", "cortex-m7", "cortex-m33", "rv32imc"])
def test_the_digits_run_exactly_on_every_other_core(target: str) -> None:
    assert_exact(api.verify_model(DIGITS / "digits.tflite", Options(target), inputs=3))


@pytest.mark.usefixtures("host_gcc")
@pytest.mark.parametrize("arena", ["static", "caller"])
def test_the_digits_test_set_gives_the_bytes_of_tflm_under_sanitizers(arena: Literal["static", "caller"]) -> None:
    options = Options(target="host", arena=arena)
    data = DIGITS / "test_set.npz"
    assert_exact(api.verify_model(DIGITS / "digits.tflite", options, data=data, sanitize=True))


def test_the_recorded_gearbox_vectors_give_the_recorded_bytes(shared_models: Path, shared_data: Path) -> None:
    vectors = json.loads((shared_data / "gearbox" / "vectors.json").read_text())["vectors"]
    model = tflite.load(shared_models / "gearbox_fault.tflite")
    graph = tflite.read_bytes(model, "gearbox_fault.tflite")
    inputs = [[np.array(vector["input"], np.int8).tobytes()] for vector in vectors]
    recorded = tuple((np.array(vector["output"], np.int8).tobytes(),) for vector in vectors)
    verification = verify(model, graph, Options(target="cortex-m4"), inputs)
    assert_exact(verification)
    assert verification.run is not None
    assert verification.run.outputs == recorded


@pytest.mark.parametrize("picture", ["person", "no_person"])
def test_a_real_picture_is_classified_as_by_tflm(picture: str, shared_models: Path, shared_data: Path) -> None:
    model = tflite.load(shared_models / "person_detect.tflite")
    graph = tflite.read_bytes(model, "person_detect.tflite")
    rows_from_below = (shared_data / "person" / f"{picture}.bmp").read_bytes()[-96 * 96 :]
    pixels = np.frombuffer(rows_from_below, np.int8).reshape(96, 96)[::-1].tobytes()
    verification = verify(model, graph, Options(target="host"), [[pixels]])
    assert_exact(verification)
    (outputs,) = oracles.run(verification.oracle, model, graph, [[pixels]])
    no_person, person = np.frombuffer(outputs[0], np.int8)
    assert (person > no_person) == (picture == "person")
