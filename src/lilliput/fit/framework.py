"""A model and a core -> Frameworks: what Lilliput and TFLM take there, the one measured, the other predicted."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lilliput import tflite
from lilliput.codegen.csource import Part
from lilliput.errors import ToolError, UnsupportedError
from lilliput.fit.cores import Core
from lilliput.operators import support
from lilliput.options import Options
from lilliput.oracles import random_inputs
from lilliput.pipeline import Build, build
from lilliput.tflm.arena import simulate
from lilliput.tflm.flash import configurations, predict_flash
from lilliput.tflm.model_file import ModelFile, read_model_file
from lilliput.tflm.package import LIBRARIES
from lilliput.tflm.refusals import refused
from lilliput.tflm.resolver import registrations
from lilliput.tflm.run_time import predict_run_time
from lilliput.tflm.unknown_kernels import with_unknown
from lilliput.toolchain import Toolchain, emulate

Name = Literal["lilliput", "tflm-reference", "tflm-cmsis-nn"]
_CMSIS_LIBRARIES = {"m0p": "cmsis-nn-no-dsp", "m4": "cmsis-nn", "m55": "cmsis-nn-mve"}


@dataclass(frozen=True, slots=True)
class Framework:
    """What one framework takes with the model. All sizes are in bytes.

    Flash is `code_bytes` and `model_bytes`; RAM the arena, which holds inputs and outputs, static data and the deepest
    stack. `instructions` is the range of one inference, None where nobody knows. `basis` says where the figures come
    from, `notes` what is missing from them or only a bound.
    """

    name: Name
    basis: str
    code_bytes: int
    model_bytes: int
    arena_bytes: int
    static_bytes: int
    stack_bytes: int
    instructions: tuple[int, int] | None
    notes: tuple[str, ...] = ()

    @property
    def flash_bytes(self) -> int:
        """Code and model."""
        return self.code_bytes + self.model_bytes

    @property
    def ram_bytes(self) -> int:
        """Arena, static data and stack."""
        return self.arena_bytes + self.static_bytes + self.stack_bytes


@dataclass(frozen=True, slots=True)
class Absence:
    """A framework that cannot run the model, and why."""

    name: Name
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model file as read for both frameworks. `macs` is None where an operator is unknown."""

    name: str
    data: bytes
    file: ModelFile
    macs: int | None


def read_candidate(path: Path | str) -> Candidate:
    """Read a model. Raises what `tflite.load` raises, and ModelError for a damaged one."""
    data, name = tflite.load(path), Path(path).name
    return Candidate(name, data, read_model_file(data, name), _macs(data, name))


def _macs(data: bytes, name: str) -> int | None:
    graph = tflite.read_bytes(data, name)
    operators = [(support.find(node), node) for node in graph.nodes]
    if any(operator is None or not support.is_sound(operator, graph, node) for operator, node in operators):
        return None
    return sum(operator.macs(graph, node) for operator, node in operators if operator is not None)


def with_lilliput(candidate: Candidate, target: str, toolchain: Toolchain, *, run: bool) -> Framework | Absence:
    """Compile for `target` and measure the image; with `run` count instructions if the emulator is installed.

    Raises ToolError when the compiler is missing or fails.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            graph = tflite.read_bytes(candidate.data, candidate.name)
            built = build(graph, Options(target=target, toolchain=toolchain), Path(folder))
            return _measured(built, _emulated(built) if run else None)
    except UnsupportedError as error:
        return Absence("lilliput", tuple(dict.fromkeys(error.problems)))


def _measured(built: Build, instructions: int | None) -> Framework:
    footprint = built.footprint
    model_bytes = footprint.flash[Part.WEIGHTS] + footprint.flash[Part.TABLES]
    return Framework(
        name="lilliput",
        basis=f"compiled for {built.options.target} and measured",
        code_bytes=footprint.flash_bytes - model_bytes,
        model_bytes=model_bytes,
        arena_bytes=footprint.arena_bytes,
        static_bytes=footprint.static_bytes,
        stack_bytes=footprint.stack_bytes,
        instructions=None if instructions is None else (instructions, instructions),
    )


def _emulated(built: Build) -> int | None:
    graph = built.graph
    sizes = [graph.tensors[index].size_bytes for index in graph.outputs]
    try:
        return emulate(built.image, random_inputs(graph, 1, 0), sizes).instructions
    except ToolError:
        return None


def with_tflm(candidate: Candidate, core: Core) -> Iterator[Framework | Absence]:
    """Predict TFLM with its reference kernels and, where it runs, with CMSIS-NN."""
    kinds: tuple[tuple[Name, str, bool], ...] = (
        ("tflm-reference", f"{core.images}_ref_Os", True),
        ("tflm-cmsis-nn", f"{core.images}_cmsis_Os", core.cmsis_nn),
    )
    for name, configuration, possible in kinds:
        problems = refused(candidate.file)
        if not core.images or not possible:
            yield Absence(name, ("it has no port to this core",))
        elif problems:
            yield Absence(name, problems)
        else:
            yield _predicted(candidate, name, configuration, core.images)


def _predicted(candidate: Candidate, name: Name, configuration: str, images: str) -> Framework:
    library = "reference" if name == "tflm-reference" else _CMSIS_LIBRARIES[images]
    kernels, unknown = with_unknown(LIBRARIES[library], candidate.file)
    flash, run_time = predict_flash(candidate.file, configuration), predict_run_time(candidate.file, configuration)
    arena_bytes = simulate(candidate.file, kernels).smallest_working_bytes
    notes = [f"arena: a bound, for want of {', '.join(unknown).upper()}"] if unknown else []
    if flash.unmeasured:
        notes.append(f"flash without {', '.join(flash.unmeasured).upper()}, which no measured image has")
    notes += _cheaper_registrations(candidate.file, configuration, flash.flash_bytes)
    fewest, most = (rate * (candidate.macs or 0) for rate in run_time.instructions_per_mac)
    return Framework(
        name=name,
        basis=f"predicted from images for {configurations()[configuration]}",
        code_bytes=flash.flash_bytes - flash.parts["model"],
        model_bytes=flash.parts["model"],
        arena_bytes=arena_bytes,
        static_bytes=run_time.static_bytes,
        stack_bytes=run_time.stack_bytes,
        instructions=None if not candidate.macs else (round(fewest), round(most)),
        notes=tuple(notes),
    )


def _cheaper_registrations(file: ModelFile, configuration: str, flash_bytes: int) -> Iterator[str]:
    """What the registrations for int8 alone save, where they were measured and the model can have them."""
    special = f"{configuration}_int8reg"
    names = [each.registration for each in registrations([file])[0] if each.registration]
    if special not in configurations() or not names or not all("INT8" in name for name in names):
        return
    if (saved := flash_bytes - predict_flash(file, special).flash_bytes) > 0:
        yield f"{saved:,} bytes of flash less with the int8 registrations of the resolver that `lilliput tflm` writes"
