"""A seed -> windows of samples with their classes, for training and for testing.

Nothing leaks from one to the other: the test set's machines and the speeds at which they run do not occur in training.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from examples.bearing.vibration import CLASSES, SAMPLE_RATE_HZ, Machine, Operation, random_machine, vibration
from numpy.typing import NDArray

WINDOW_SAMPLES = 1024
WINDOWS_PER_RECORDING = 4
TRAINING_SPEEDS_RPM = (2600, 2700, 2800, 2900, 3000, 3100, 3200, 3300)
TEST_SPEEDS_RPM = (2650, 2750, 2850, 2950, 3050, 3150, 3250)
TRAINING_MACHINES, TEST_MACHINES = 60, 20
SEED = 2


class Windows(NamedTuple):
    """Windows (N, WINDOW_SAMPLES) as sampled, and for each its class, its machine's number and its speed."""

    samples: NDArray[np.int8]
    classes: NDArray[np.int64]
    machines: NDArray[np.int64]
    speeds_rpm: NDArray[np.int64]

    def part(self, chosen: NDArray[np.int64]) -> "Windows":
        """Only the windows of these indices."""
        return Windows(self.samples[chosen], self.classes[chosen], self.machines[chosen], self.speeds_rpm[chosen])


def for_training(machines: int = TRAINING_MACHINES, seed: int = SEED) -> Windows:
    """The windows to train with; machines are numbered from 0."""
    return _windows(range(machines), TRAINING_SPEEDS_RPM, seed)


def for_testing(machines: int = TEST_MACHINES, seed: int = SEED) -> Windows:
    """The windows to test with; machines are numbered on from where those of training end."""
    return _windows(range(TRAINING_MACHINES, TRAINING_MACHINES + machines), TEST_SPEEDS_RPM, seed)


def machine(number: int, seed: int = SEED) -> Machine:
    """The machine of this number."""
    return random_machine(np.random.default_rng((seed, number)))


def _windows(machines: Sequence[int], speeds_rpm: Sequence[int], seed: int) -> Windows:
    """One recording for each machine, speed and class, cut into windows that do not overlap."""
    conditions = [
        (number, speed, fault) for number in machines for speed in speeds_rpm for fault in range(len(CLASSES))
    ]
    samples = np.concatenate([_recording(*condition, seed) for condition in conditions])
    numbers, speeds, classes = np.repeat(np.array(conditions), WINDOWS_PER_RECORDING, axis=0).T
    return Windows(samples, classes, numbers, speeds)


def _recording(number: int, speed_rpm: int, fault: int, seed: int) -> NDArray[np.int8]:
    """Windows (WINDOWS_PER_RECORDING, WINDOW_SAMPLES), from random numbers of their own."""
    random = np.random.default_rng((seed, number, speed_rpm, fault))
    operation = Operation(
        speed_rpm=speed_rpm * random.uniform(0.995, 1.005),
        load=random.uniform(0.3, 1),
        fault=fault,
        severity_g=random.uniform(2, 5),
    )
    seconds = WINDOWS_PER_RECORDING * WINDOW_SAMPLES / SAMPLE_RATE_HZ
    return vibration(machine(number, seed), operation, seconds, random).reshape(-1, WINDOW_SAMPLES)
