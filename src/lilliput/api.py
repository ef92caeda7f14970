"""What a Python program calls; the command line calls the same.

Modules that need optional packages are imported when they are first needed, so that `read` and `inspect` work with
the base install.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lilliput import extras
from lilliput.errors import UsageError
from lilliput.options import DEFAULT_OPTIONS, Options
from lilliput.output import write_files
from lilliput.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lilliput.firmware.report import SizeOptions, SizeReport
    from lilliput.fit.fit import Fit, Survey
    from lilliput.fit.surroundings import Surroundings
    from lilliput.frontier import Frontier
    from lilliput.pipeline import Build
    from lilliput.profiling import Profile
    from lilliput.quantize import Quantized, QuantizeOptions
    from lilliput.search import Frontier as SearchFrontier
    from lilliput.search import SampleFiles, SearchOptions
    from lilliput.shrink.shrunk import ShrinkOptions, Shrunk
    from lilliput.tflm.report import TflmPackage
    from lilliput.toolchain import Toolchain
    from lilliput.verification import Verification


def compile_model(
    model: Path | str, output: Path | str, options: Options = DEFAULT_OPTIONS, *, progress: Progress = silent
) -> Build:
    """Compile a model file into `output`: NAME.h, NAME.c, example_main.c and the measured image NAME.elf.

    The folder is made when it is missing; nothing is written to it before everything has succeeded. Raises the
    LilliputError that says what is wrong with the file, the model, the compiler or the folder.
    """
    extras.require("compiler")
    from lilliput import tflite
    from lilliput.frontier import resolve
    from lilliput.pipeline import build

    graph = tflite.read(model)
    with tempfile.TemporaryDirectory() as folder:
        progress(f"compiling {graph.source.name}", 0, 1)
        built = build(graph, resolve(graph, options, progress), Path(folder), progress=progress)
        files = {
            f"{built.source.name}.h": built.source.header.encode(),
            f"{built.source.name}.c": built.source.source.encode(),
            "example_main.c": built.source.example_main.encode(),
            f"{built.source.name}.elf": built.image.elf.read_bytes(),
        }
        write_files(Path(output), files)
    return replace(built, image=replace(built.image, elf=Path(output) / built.image.elf.name))


def frontier(model: Path | str, options: Options = DEFAULT_OPTIONS, *, progress: Progress = silent) -> Frontier:
    """The builds of a model that no other beats in flash, RAM and instructions, all measured.

    Raises what `compile_model` raises, ToolError when the emulator is missing, and UsageError for the target "host".
    """
    extras.require("compiler", "emulator")
    from lilliput import tflite
    from lilliput.frontier import frontier

    return frontier(tflite.read(model), options, progress)


def verify_model(
    model: Path | str,
    options: Options = DEFAULT_OPTIONS,
    *,
    inputs: int = 20,
    seed: int = 0,
    data: Path | str | None = None,
    sanitize: bool = False,
    dump: Path | str | None = None,
    progress: Progress = silent,
) -> Verification:
    """Compare the compiled model with the oracle on `inputs` seeded random inputs, or on the samples of a .npz file.

    With `sanitize` the host build runs under ASan and UBSan. `dump` names a .npz file for every tensor that a debug
    build computes from the first inputs. Raises what `compile_model` raises, and ToolError when the emulator or every
    oracle is missing. Mismatches are no error here: see `Verification.mismatched_bytes`.
    """
    extras.require("compiler", *(() if options.target == "host" else ("emulator",)))
    from lilliput import oracles, tflite
    from lilliput.frontier import resolve
    from lilliput.pipeline import prepare
    from lilliput.tracing import dump_tensors
    from lilliput.verification import verify

    flatbuffer = tflite.load(model)
    graph = tflite.read_bytes(flatbuffer, Path(model).name)
    options = resolve(graph, options, progress)
    prepared = prepare(graph, options)
    samples = oracles.random_inputs(graph, inputs, seed) if data is None else oracles.data_inputs(Path(data), graph)
    verification = verify(flatbuffer, graph, options, samples, sanitize=sanitize, progress=progress)
    if dump is not None:
        dump_tensors(Path(dump), prepared, options, samples[0])
    return verification


def profile(
    model: Path | str, options: Options = DEFAULT_OPTIONS, *, seed: int = 0, progress: Progress = silent
) -> Profile:
    """Where the instructions of one inference on random inputs go, by node, function and source line.

    Raises what `compile_model` raises, ToolError when the emulator is missing, and UsageError for the target "host".
    """
    extras.require("compiler", "emulator")
    from lilliput import tflite
    from lilliput.profiling import profile

    return profile(tflite.read(model), options, seed=seed, progress=progress)


def shrink_model(
    model: Path | str, output: Path | str, options: ShrinkOptions | None = None, *, progress: Progress = silent
) -> Shrunk:
    """Write a smaller model file that computes the same bytes, or the same file where nothing is saved.

    Interpreters that are installed compare both models before anything is written: see `Shrunk.proof`. Raises what
    reading the model raises, UsageError when `output` is the model itself or cannot be written, UnsupportedError for a
    model that cannot be compiled, and VerificationError when an interpreter computes other bytes.
    """
    from lilliput import tflite
    from lilliput.shrink.exact import shrink_exactly
    from lilliput.shrink.shrunk import DEFAULT_OPTIONS

    data, target = tflite.load(model), _other_file(model, output)
    shrunk = shrink_exactly(data, Path(model).name, options or DEFAULT_OPTIONS, progress=progress)
    write_files(target.parent, {target.name: shrunk.data})
    return shrunk


def _other_file(model: Path | str, output: Path | str) -> Path:
    """The file `output`, which must not be the model's. Raises UsageError."""
    target = Path(output)
    if target.is_dir():
        raise UsageError("this is a folder", str(target), "Name a file, such as smaller.tflite.")
    if target.exists() and target.samefile(model):
        raise UsageError("the output is the model itself", str(target), "Name another file.")
    return target


def quantize_model(
    model: Path | str,
    calibration: Path | str,
    output: Path | str,
    options: QuantizeOptions | None = None,
    *,
    progress: Progress = silent,
) -> Quantized:
    """Write a float model as one of integers, by the values that its tensors have on the calibration samples.

    `model` is a .tflite file, or what the extras keras, torch and onnx convert. `calibration` is an .npz file with an
    array "x", or a folder of samples. Raises what reading both raises, and what `lilliput.quantize.quantize` raises.
    """
    from lilliput import convert, tflite
    from lilliput.accuracy import read_samples
    from lilliput.quantize import DEFAULT_OPTIONS, quantize
    from lilliput.tflite.signatures import read_signatures

    target = _other_file(model, output)
    data = convert.load(Path(model), progress=progress)
    graph = tflite.read_bytes(data, Path(model).name)
    samples = read_samples(Path(calibration), labelled=False)
    progress(f"quantising {graph.source.name}", 0, 1)
    quantized = quantize(graph, samples, options or DEFAULT_OPTIONS)
    written = tflite.write(quantized.graph, read_signatures(data, graph))
    write_files(target.parent, {target.name: written})
    return quantized


def search_model(
    model: Path | str,
    output: Path | str,
    files: SampleFiles,
    options: SearchOptions | None = None,
    *,
    quantizing: QuantizeOptions | None = None,
    progress: Progress = silent,
) -> SearchFrontier:
    """Search what can be done to a model's weights, and write the candidate that was asked for to `output`.

    A float model is quantised first. Where no candidate is good enough nothing is written: see
    `Frontier.require_chosen`. Raises what reading the model and the samples, quantising and `lilliput.search.search`
    raise.
    """
    extras.require("compiler", "emulator", "shrink")
    from lilliput import convert, tflite
    from lilliput.quantize import DEFAULT_OPTIONS
    from lilliput.search import SearchOptions, search_files
    from lilliput.tflite.signatures import read_signatures

    target, name = _other_file(model, output), Path(model).name
    data = convert.load(Path(model), progress=progress)
    found = search_files(
        data, name, files, options or SearchOptions(), quantizing or DEFAULT_OPTIONS, progress=progress
    )
    if found.chosen is not None:
        signatures = read_signatures(data, tflite.read_bytes(data, name))
        chosen = tflite.read_bytes(found.chosen.model, target.name)
        write_files(target.parent, {target.name: tflite.write(chosen, signatures)})
    return found


def size(firmware: Path | str, options: SizeOptions | None = None, *, progress: Progress = silent) -> SizeReport:
    """Account for every byte of a firmware's ELF, and answer what the options ask.

    Raises UsageError for files that are missing or of another kind, FirmwareError for damaged ones, VerificationError
    where the binary that was flashed differs from the ELF. A budget that is exceeded is no error here: see
    `SizeReport.spendings`.
    """
    from lilliput.firmware.report import DEFAULT_OPTIONS, analyse

    return analyse(Path(firmware), DEFAULT_OPTIONS if options is None else options, progress=progress)


def tflm(
    models: Sequence[Path | str],
    output: Path | str | None,
    *,
    kernels: str = "reference",
    offline_plan: bool = True,
    compress: bool = False,
    arena_bytes: int | None = None,
    progress: Progress = silent,
) -> TflmPackage:
    """Write what firmware with TensorFlow Lite Micro needs for the models into `output`; None writes nothing.

    For each model NAME: NAME_model.h and .cc, and NAME.tflite where the model was changed: `offline_plan` found a
    smaller plan for the kernel library, or `compress` smaller weights with which the arena stays within `arena_bytes`.
    For all together the resolver and the constants. With `compress`, an `output` NAME.tflite gets the one model and
    nothing else is written; nothing at all where no weights get smaller. Raises what `tflite.load` raises, UsageError
    for an unknown library and for two models of one name, UnsupportedError for a model that TFLM refuses.
    """
    from lilliput.tflm.package import package

    alone = output is not None and compress and Path(output).suffix == ".tflite"
    if alone and len(models) != 1:
        raise UsageError("several models do not go into one file", str(output), "Name a folder.")
    made = package(
        [Path(model) for model in models],
        kernels=kernels,
        offline_plan=offline_plan,
        compress=compress,
        arena_bytes=arena_bytes,
        progress=progress,
    )
    if output is None:
        return replace(made, files={})
    path = Path(output)
    if alone:
        report = made.models[0]
        smaller = report.compression is not None and report.compression.found.data is not None
        made = replace(made, files={path.name: made.files[f"{report.name}.tflite"]} if smaller else {})
    if made.files:
        write_files(path.parent if alone else path, made.files)
    return made


def fit(
    model: Path | str,
    chip: str,
    around: Surroundings | None = None,
    *,
    chips_file: Path | None = None,
    toolchain: Toolchain = "zig",
    progress: Progress = silent,
) -> Fit:
    """Add up what the model, its framework and everything around them take on the chip or board `chip`.

    Raises UsageError for an unknown chip, what reading the model raises, and ToolError without a compiler. That it does
    not fit is no error here: see `Fit.check`.
    """
    extras.require("compiler")
    from lilliput import chips
    from lilliput.fit.fit import fit_chip
    from lilliput.fit.surroundings import surroundings

    found = chips.find_one(chip, chips_file=chips_file)
    others = chips.search(core=found.core, chips_file=chips_file)
    return fit_chip(model, found, around or surroundings(), others, toolchain=toolchain, progress=progress)


def fit_all(
    model: Path | str,
    around: Surroundings | None = None,
    *,
    most: int = 10,
    chips_file: Path | None = None,
    toolchain: Toolchain = "zig",
    progress: Progress = silent,
) -> Survey:
    """The smallest chips, at most `most` for each framework, on which the model fits. Raises what `fit` raises."""
    extras.require("compiler")
    from lilliput import chips
    from lilliput.fit.fit import survey
    from lilliput.fit.surroundings import surroundings

    known = chips.search(chips_file=chips_file)
    return survey(model, known, around or surroundings(), most=most, toolchain=toolchain, progress=progress)
