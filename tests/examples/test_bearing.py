"""The worked task of examples/bearing: its generator, its split, its network, and what the committed model reaches."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples.bearing import network, recordings, run
from examples.bearing.geometry import DEEP_GROOVE_6203
from examples.bearing.measurement import correct_answers, options
from examples.bearing.report import table
from examples.bearing.smaller import quantised, samples_of
from examples.bearing.vibration import (
    BALL,
    CLASSES,
    HEALTHY,
    INNER_RACE,
    OUTER_RACE,
    SAMPLE_RATE_HZ,
    Machine,
    Operation,
    load_zone,
    vibration,
)
from examples.training import initial_parameters
from numpy.typing import NDArray

from lilliput import api, oracles, tflite
from lilliput.inspection import inspect_graph
from lilliput.oracles import Oracle
from lilliput.pipeline import build
from lilliput.toolchain import Toolchain

FOLDER = Path(__file__).parents[2] / "examples" / "bearing"
MODEL = FOLDER / "bearing.tflite"
INT8_MODEL = FOLDER / "bearing_int8.tflite"
TEST_SET = FOLDER / "test_set.npz"
MOST_FLASH_BYTES = 10 * 1024
MOST_MACS = 300_000
LEAST_ACCURACY = 0.97
QUIET_MACHINE = Machine(
    resonances_hz=(2000, 2300),
    damping_ratios=(0.05, 0.05),
    axis_degrees=30,
    gain=1,
    shaft_g=(0, 0, 0),
    hum_g=0,
    noise_g=0,
    rumble_g=0,
    knocks_hz=0,
)


def recorded() -> dict[str, Any]:
    return json.loads((FOLDER / "accuracy.json").read_text())


def test_the_fault_orders_are_those_that_catalogues_give_for_the_bearing() -> None:
    orders = (
        DEEP_GROOVE_6203.cage_order,
        DEEP_GROOVE_6203.outer_race_order,
        DEEP_GROOVE_6203.inner_race_order,
        2 * DEEP_GROOVE_6203.ball_order,
    )
    assert orders == pytest.approx((0.3817, 3.0530, 4.9469, 3.9874), rel=5e-4)


def rhythm_spectrum(fault: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Orders of the shaft, and how strongly the rectified signal of a machine without noise repeats at each."""
    operation = Operation(speed_rpm=3000, load=0.7, fault=fault, severity_g=4)
    signal = np.abs(vibration(QUIET_MACHINE, operation, 4, np.random.default_rng(0)).astype(float))
    strengths = np.abs(np.fft.rfft((signal - signal.mean()) * np.hanning(len(signal))))
    return np.fft.rfftfreq(len(signal), 50 / SAMPLE_RATE_HZ), strengths


@pytest.mark.parametrize(
    ("fault", "order"),
    [
        (OUTER_RACE, DEEP_GROOVE_6203.outer_race_order),
        (INNER_RACE, DEEP_GROOVE_6203.inner_race_order),
        (BALL, 2 * DEEP_GROOVE_6203.ball_order),
    ],
)
def test_a_fault_is_heard_at_its_own_frequency(fault: int, order: float) -> None:
    orders, strengths = rhythm_spectrum(fault)
    searched = (orders > 2.5) & (orders < 5.5)
    assert orders[searched][strengths[searched].argmax()] == pytest.approx(order, rel=0.02)


def test_a_quiet_machine_without_a_fault_is_silent() -> None:
    operation = Operation(speed_rpm=3000, load=0.7, fault=HEALTHY, severity_g=4)
    assert not vibration(QUIET_MACHINE, operation, 1, np.random.default_rng(0)).any()


def test_the_load_zone_carries_most_in_the_middle_and_nothing_opposite() -> None:
    shares = load_zone(np.array([0.0, 0.1, 0.2, 0.5]), load=0.5)
    assert shares[0] == 1
    assert (np.diff(shares) < 0).all()
    assert shares[-1] == 0


def test_no_machine_and_no_speed_of_the_test_set_occurs_in_training() -> None:
    training, test = recordings.for_training(machines=1), recordings.for_testing(machines=1)
    assert not set(recordings.TRAINING_SPEEDS_RPM) & set(recordings.TEST_SPEEDS_RPM)
    assert set(training.speeds_rpm.tolist()) == set(recordings.TRAINING_SPEEDS_RPM)
    assert set(test.speeds_rpm.tolist()) == set(recordings.TEST_SPEEDS_RPM)
    assert set(training.machines.tolist()) == {0}
    assert set(test.machines.tolist()) == {recordings.TRAINING_MACHINES}


def test_windows_are_the_same_whenever_they_are_made_and_classes_are_equally_frequent() -> None:
    windows, again = recordings.for_testing(machines=1), recordings.for_testing(machines=1)
    assert np.array_equal(windows.samples, again.samples)
    assert len(set(np.bincount(windows.classes).tolist())) == 1
    assert windows.samples.shape == (len(windows.classes), recordings.WINDOW_SAMPLES)


@pytest.mark.parametrize("name", [f"{layer}/{kind}" for layer in network.WEIGHT_SHAPES for kind in ("weights", "bias")])
def test_a_gradient_is_the_slope_of_the_loss(name: str) -> None:
    random = np.random.default_rng(1)
    parameters = {
        key: values + random.normal(scale=0.1, size=values.shape)
        for key, values in initial_parameters(network.WEIGHT_SHAPES, random).items()
    }
    windows = random.normal(size=(4, 1, recordings.WINDOW_SAMPLES, 1))
    labels, direction = np.arange(4), random.normal(size=parameters[name].shape)

    def loss(step: float) -> float:
        moved = {**parameters, name: parameters[name] + step * direction}
        return -float(np.log(network.forward(moved, windows)["probabilities"][labels, labels]).mean())

    slope = (loss(1e-7) - loss(-1e-7)) / 2e-7
    found = float((network.gradients(parameters, windows, labels)[name] * direction).sum())
    assert found == pytest.approx(slope, 1e-3)


@pytest.mark.usefixtures("litert")
def test_the_int8_model_takes_samples_as_the_sensor_gives_them() -> None:
    parameters = initial_parameters(network.WEIGHT_SHAPES, np.random.default_rng(2))
    windows = recordings.for_training(machines=1)
    quantization = quantised(parameters, windows).tensors[0].quantization
    assert quantization is not None
    assert quantization.zero_point == 0
    for model in (MODEL, INT8_MODEL):
        graph = tflite.read(model)
        assert graph.tensors[graph.inputs[0]].quantization == quantization


def test_the_committed_model_knows_faults_of_machines_and_at_speeds_that_it_has_not_seen() -> None:
    windows = recordings.for_testing(machines=6)
    correct = correct_answers(MODEL.read_bytes(), samples_of(windows))
    assert sum(correct) / len(windows.classes) >= LEAST_ACCURACY


def test_the_recorded_figures_are_within_the_marks() -> None:
    figures = recorded()
    chosen = figures["bits"][str(figures["chosen_bits"])]
    assert sum(chosen["correct"]) / figures["test_windows"] >= LEAST_ACCURACY
    assert chosen["flash_bytes"] <= MOST_FLASH_BYTES
    assert chosen["macs"] <= MOST_MACS
    assert [row["mismatched_bytes"] for row in figures["verified"].values()] == [0, 0]
    assert figures["fit"]["frameworks"]["lilliput"]["fits"]


def flash_bytes(toolchain: Toolchain, folder: Path) -> int:
    return build(tflite.read(MODEL), options(toolchain), folder).footprint.flash_bytes


def test_the_committed_model_is_small_enough(tmp_path: Path) -> None:
    assert sum(cost.macs or 0 for cost in inspect_graph(tflite.read(MODEL)).nodes) <= MOST_MACS
    assert flash_bytes("zig", tmp_path) <= MOST_FLASH_BYTES


@pytest.mark.usefixtures("arm_gcc")
def test_the_committed_model_is_small_enough_with_gcc(tmp_path: Path) -> None:
    assert flash_bytes("gcc", tmp_path) <= MOST_FLASH_BYTES


@pytest.mark.parametrize("model", [MODEL, INT8_MODEL])
def test_the_compiled_code_computes_what_the_interpreter_computes(model: Path, tflm: Oracle, tmp_path: Path) -> None:
    with np.load(TEST_SET) as arrays:
        np.savez(tmp_path / "some.npz", x=arrays["x"][1::40])
    verification = api.verify_model(model, options("zig"), data=tmp_path / "some.npz")
    assert verification.oracle == tflm
    assert verification.inputs == 2
    assert verification.mismatched_bytes == 0


def test_the_committed_windows_are_those_of_the_test_set() -> None:
    windows = recordings.for_testing(machines=1)
    shown = np.flatnonzero(windows.speeds_rpm == run.SHOWN_SPEED_RPM)[:: recordings.WINDOWS_PER_RECORDING]
    with np.load(TEST_SET) as arrays:
        stored = arrays["x"][: len(CLASSES), 0, :, 0].astype(int)
        assert arrays["y"].tolist() == list(range(len(CLASSES))) * recordings.TEST_MACHINES
    # Sums of floats may be rounded otherwise elsewhere.
    assert np.abs(stored - windows.samples[shown]).max() <= 1


def test_the_readme_quotes_the_recorded_figures() -> None:
    assert table(recorded()) in (FOLDER / "README.md").read_text()


@pytest.mark.slow
def test_the_whole_command_run_for_a_short_time_makes_a_model_that_is_small_exact_and_good(tmp_path: Path) -> None:
    if not oracles.available():
        pytest.skip("needs an oracle interpreter: pip install 'lilliput[oracles]'")
    measured = run.build(tmp_path, steps=1000)
    chosen = measured["bits"][str(measured["chosen_bits"])]
    assert sum(chosen["correct"]) / measured["test_windows"] > 0.93
    assert chosen["flash_bytes"] <= MOST_FLASH_BYTES
    assert [row["mismatched_bytes"] for row in measured["verified"].values()] == [0, 0]
