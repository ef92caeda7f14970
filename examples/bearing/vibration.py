"""(machine, fault, speed, load) -> what an accelerometer on the bearing's housing might sample. Synthetic.

A fault is struck by one ball after the other. Each blow makes the housing ring in two directions, at frequencies of its
own; how hard it is depends on where in the load zone it falls: always at the same place for a fault of the outer race,
once around per turn of the shaft for one of the inner race, and once around per turn of the cage for a ball. Balls slip
a little, so that the time between two blows varies. The model follows P. D. McFadden and J. D. Smith, "Model for the
vibration produced by a single point defect in a rolling element bearing", Journal of Sound and Vibration 96 (1984)
69-82, with the slip of J. Antoni and R. B. Randall, "A stochastic model for simulation and diagnostics of rolling
element bearings with localized faults", Journal of Vibration and Acoustics 125 (2003) 282-289.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from examples.bearing.geometry import DEEP_GROOVE_6203, Geometry
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

SAMPLE_RATE_HZ = 6400
STEP_G = 1 / 16
"""What the lowest bit of a sample stands for: the sensor saturates at 8 g."""

CLASSES = ("healthy", "outer race", "inner race", "ball")
HEALTHY, OUTER_RACE, INNER_RACE, BALL = range(len(CLASSES))

# A tenth of a second before the recording begins is computed and dropped: the housing rings already when it starts.
_LEAD_SECONDS = 0.1
_LINE_FREQUENCY_HZ = 50
_LARGEST_KNOCK_G = 2


@dataclass(frozen=True, slots=True)
class Machine:
    """What differs between machines of one type: housing, balance, surroundings, and how the sensor is mounted.

    `resonances_hz` and `damping_ratios` are those of the housing across and along the load. `axis_degrees` is the angle
    between the load and the direction in which the sensor measures; `gain` its error. `shaft_g` are amplitudes at one,
    two and three times the shaft's frequency, `hum_g` that at twice the mains'; `noise_g` (white) and `rumble_g`
    (through the resonances) are standard deviations. `knocks_hz` is how often something else nearby knocks.
    """

    resonances_hz: tuple[float, float]
    damping_ratios: tuple[float, float]
    axis_degrees: float
    gain: float
    shaft_g: tuple[float, float, float]
    hum_g: float
    noise_g: float
    rumble_g: float
    knocks_hz: float


def random_machine(random: np.random.Generator) -> Machine:
    """A machine drawn from the population that the example is about."""
    return Machine(
        resonances_hz=(random.uniform(1500, 2600), random.uniform(1500, 2600)),
        damping_ratios=(random.uniform(0.03, 0.07), random.uniform(0.03, 0.07)),
        axis_degrees=random.uniform(0, 60),
        gain=random.uniform(0.8, 1.25),
        shaft_g=(random.uniform(0.05, 0.4), random.uniform(0.02, 0.2), random.uniform(0.01, 0.1)),
        hum_g=random.uniform(0.01, 0.1),
        noise_g=random.uniform(0.03, 0.08),
        rumble_g=random.uniform(0.02, 0.06),
        knocks_hz=random.uniform(0, 12),
    )


@dataclass(frozen=True, slots=True)
class Operation:
    """How a machine runs while it is recorded: mean speed, load as a share of the rated one, fault and its severity.

    `severity_g` is the height of a blow in the middle of the load zone at rated load.
    """

    speed_rpm: float
    load: float
    fault: int
    severity_g: float


def vibration(
    machine: Machine,
    operation: Operation,
    seconds: float,
    random: np.random.Generator,
    geometry: Geometry = DEEP_GROOVE_6203,
) -> NDArray[np.int8]:
    """The samples of a recording, in steps of `STEP_G`."""
    time = np.arange(round((seconds + _LEAD_SECONDS) * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    turns = _shaft_turns(time, operation.speed_rpm, random)
    forces = machine.rumble_g * random.normal(size=(2, len(time)))
    forces += _knocks(machine, len(time), random)
    forces += _blows(turns, operation, geometry, random)
    axis = np.radians(machine.axis_degrees)
    along, across = (
        _ringing(force, *mode)
        for force, mode in zip(forces, zip(machine.resonances_hz, machine.damping_ratios, strict=True), strict=True)
    )
    signal = np.cos(axis) * along + np.sin(axis) * across + _surroundings(machine, time, turns, random)
    stored = np.round(machine.gain * signal / STEP_G)[-round(seconds * SAMPLE_RATE_HZ) :]
    return np.clip(stored, -128, 127).astype(np.int8)


def load_zone(angle_turns: FloatArray, load: float) -> FloatArray:
    """The share of the largest contact force at an angle from the load's direction: Stribeck's distribution.

    At no load 37 % of the circumference carries, at the rated load 63 %.
    """
    extent = 0.3 + 0.4 * load
    inside = 1 - (1 - np.cos(2 * np.pi * angle_turns)) / (2 * extent)
    return np.maximum(inside, 0) ** 1.5


def _shaft_turns(time: FloatArray, speed_rpm: float, random: np.random.Generator) -> FloatArray:
    """The shaft's angle in turns: the speed wavers by up to half a percent, a few times a second."""
    wavering_hz, depth, phase = random.uniform(1, 5), random.uniform(0, 0.005), random.uniform(0, 2 * np.pi)
    mean_hz = speed_rpm / 60
    wave = depth / (2 * np.pi * wavering_hz) * np.sin(2 * np.pi * wavering_hz * time + phase)
    return mean_hz * (time + wave) + random.uniform()


def _blows(turns: FloatArray, operation: Operation, geometry: Geometry, random: np.random.Generator) -> FloatArray:
    """The force of the blows [2, samples], along and across the load; each lies between the two samples next to it."""
    forces = np.zeros((2, len(turns)))
    if operation.fault == HEALTHY:
        return forces
    order = {
        OUTER_RACE: geometry.outer_race_order,
        INNER_RACE: geometry.inner_race_order,
        BALL: 2 * geometry.ball_order,
    }[operation.fault]
    slip, start = random.uniform(0.002, 0.01), random.uniform()
    count = int((turns[-1] - turns[0]) * order)
    at_turns = turns[0] + (start + np.arange(count) + slip * np.cumsum(random.normal(size=count))) / order
    positions = np.interp(at_turns, turns, np.arange(len(turns)))
    angles = _angles(at_turns, operation.fault, geometry, random)
    heights = operation.severity_g * (0.5 + 0.5 * operation.load) * load_zone(angles, operation.load)
    heights *= random.uniform(0.8, 1.2, count)
    if operation.fault == BALL:
        heights[1::2] *= random.uniform(0.6, 1)
    earlier = np.minimum(positions.astype(int), len(turns) - 2)
    later_share = positions - earlier
    for direction, part in enumerate((np.cos(2 * np.pi * angles), np.sin(2 * np.pi * angles))):
        np.add.at(forces[direction], earlier, heights * part * (1 - later_share))
        np.add.at(forces[direction], earlier + 1, heights * part * later_share)
    return forces


def _knocks(machine: Machine, samples: int, random: np.random.Generator) -> FloatArray:
    """Forces [2, samples] of blows that come from elsewhere, at random times and in random directions."""
    happens = random.uniform(size=samples) < machine.knocks_hz / SAMPLE_RATE_HZ
    return happens * random.uniform(-_LARGEST_KNOCK_G, _LARGEST_KNOCK_G, (2, samples))


def _angles(at_turns: FloatArray, fault: int, geometry: Geometry, random: np.random.Generator) -> FloatArray:
    """Where each blow falls, in turns from the direction of the load."""
    if fault == OUTER_RACE:
        return np.full(len(at_turns), random.uniform(-0.12, 0.12))
    turning = 1.0 if fault == INNER_RACE else geometry.cage_order
    return turning * at_turns + random.uniform()


def _ringing(force: FloatArray, resonance_hz: float, damping_ratio: float) -> FloatArray:
    """The force through one resonance, as a decaying sine that reaches about the height of the blow."""
    time = np.arange(SAMPLE_RATE_HZ // 20) / SAMPLE_RATE_HZ
    radians_per_second = 2 * np.pi * resonance_hz
    response = np.exp(-damping_ratio * radians_per_second * time)
    response *= np.sin(radians_per_second * np.sqrt(1 - damping_ratio**2) * time)
    size = len(force) + len(response)
    return np.fft.irfft(np.fft.rfft(force, size) * np.fft.rfft(response, size), size)[: len(force)]


def _surroundings(machine: Machine, time: FloatArray, turns: FloatArray, random: np.random.Generator) -> FloatArray:
    """What the sensor sees without any bearing: shaft, hum of the motor, noise."""
    signal = machine.noise_g * random.normal(size=len(time))
    for harmonic, amplitude in enumerate(machine.shaft_g, start=1):
        signal += amplitude * np.sin(2 * np.pi * (harmonic * turns + random.uniform()))
    return signal + machine.hum_g * np.sin(2 * np.pi * (2 * _LINE_FREQUENCY_HZ * time + random.uniform()))
