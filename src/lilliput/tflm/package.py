"""Models -> TflmPackage: everything that firmware with TFLM needs to be told about them, and the files that tell it.

The order: each model gets its weights compressed first, if asked for, then its offline plan, where that saves memory;
arena, flash and the C array are those of the model as it is written.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lilliput import tflite
from lilliput.errors import UnsupportedError, UsageError
from lilliput.progress import Progress, silent
from lilliput.tflm.arena import simulate, simulate_together
from lilliput.tflm.c_array import c_array_header, c_array_source
from lilliput.tflm.cmsis_kernels import Extension, cmsis_kernels
from lilliput.tflm.constants import constants_header
from lilliput.tflm.decode.compress import compress_weights
from lilliput.tflm.decode.header import OPERATOR
from lilliput.tflm.decode.unpack import unpack
from lilliput.tflm.flash import configurations, predict_flash
from lilliput.tflm.kernels import REFERENCE, Kernel
from lilliput.tflm.model_file import ModelFile, read_model_file
from lilliput.tflm.offline_plan import OfflinePlan, plan_offline, write_plan
from lilliput.tflm.refusals import refused
from lilliput.tflm.report import ArenaReport, CompressionReport, ModelReport, TflmPackage
from lilliput.tflm.resolver import registrations, resolver_header
from lilliput.tflm.unknown_kernels import with_unknown
from lilliput.version import __version__

LIBRARIES: Mapping[str, Mapping[str, Kernel]] = {
    "reference": REFERENCE,
    "cmsis-nn": cmsis_kernels(Extension.DSP),
    "cmsis-nn-no-dsp": cmsis_kernels(Extension.NONE),
    "cmsis-nn-mve": cmsis_kernels(Extension.MVE),
}
"""The kernel libraries: CMSIS-NN for cores with DSP instructions (Cortex-M4, M7, M33), without (M0+) and with MVE."""


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The arguments of `package` that say what may be done to each model."""

    kernels: str
    offline_plan: bool
    compress: bool
    arena_bytes: int | None


def package(
    paths: Sequence[Path],
    *,
    kernels: str = "reference",
    offline_plan: bool = True,
    compress: bool = False,
    arena_bytes: int | None = None,
    progress: Progress = silent,
) -> TflmPackage:
    """Read the models and make everything; `kernels` is the library that the offline plan is made for.

    With `compress` weights are compressed, as far as the arena with that library stays within `arena_bytes`. Raises
    UsageError for two models of one name and for an unknown library, UnsupportedError for a model that TFLM refuses,
    and what `tflite.load` raises.
    """
    if kernels not in LIBRARIES:
        raise UsageError(f"there is no kernel library {kernels!r}", advice=f"Choose one of: {', '.join(LIBRARIES)}.")
    names = [_symbol(path) for path in paths]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(
            f"two models are called {twice[0]!r}", str(paths[names.index(twice[0])]), "Rename one of them."
        )
    wishes = _Wishes(kernels, offline_plan, compress, arena_bytes)
    reports: list[ModelReport] = []
    files: dict[str, bytes] = {}
    banners: list[str] = []
    for number, (path, name) in enumerate(zip(paths, names, strict=True)):
        progress(f"planning {path.name}", number, len(paths))
        original = tflite.load(path)
        data, report = _make(original, path.name, name, wishes)
        if data != original:
            files[f"{name}.tflite"] = data
        banner = f"{path.name} (sha256 {hashlib.sha256(data).hexdigest()[:12]})"
        banners.append(banner)
        files[f"{name}_model.h"] = c_array_header(name, _banner(banner)).encode()
        files[f"{name}_model.cc"] = c_array_source(name, data, _banner(banner)).encode()
        reports.append(report)
    together = names[0] if len(names) == 1 else "models"
    models = [report.model for report in reports]
    known, missing = registrations(models)
    banner = _banner(", ".join(banners))
    files[f"{together}_resolver.h"] = resolver_header(together, models, banner).encode()
    arenas = {library: simulate_together(models, _complete(each, models)) for library, each in LIBRARIES.items()}
    made = TflmPackage(tuple(reports), arenas, known, missing, files)
    files[f"{together}_tflm.h"] = constants_header(together, made, kernels, banner).encode()
    return made


def _make(data: bytes, file_name: str, name: str, wishes: _Wishes) -> tuple[bytes, ModelReport]:
    """One model as it is written, and its report."""
    model = read_model_file(data, file_name)
    if problems := refused(model):
        raise UnsupportedError(problems, file_name, "TFLM's interpreter would refuse it on the chip.")
    if OPERATOR in model.operators:
        # The kernel trusts what it decodes; on the chip damage would be read from whatever lies behind the model.
        unpack(tflite.read_bytes(data, file_name))

    def arena_of(candidate: bytes) -> int:
        return _arena_bytes(candidate, file_name, wishes.kernels)

    def fits(candidate: bytes) -> bool:
        return wishes.arena_bytes is None or arena_of(candidate) <= wishes.arena_bytes

    made, plan = _planned(data, file_name, wishes)
    compression = None
    if wishes.compress:
        arena_before = arena_of(made)
        found = compress_weights(data, file_name, fits)
        if found.data is not None:
            made, plan = _planned(found.data, file_name, wishes)
        if found.data is not None and len(made) > len(data):
            # What the plan adds must not be more than what the weights save.
            made, plan = found.data, replace(plan, offsets=None)
        compression = CompressionReport(found, wishes.kernels, arena_before, arena_of(made))
    return made, _report(name, read_model_file(made, file_name), plan, compression)


def _planned(data: bytes, name: str, wishes: _Wishes) -> tuple[bytes, OfflinePlan]:
    """The model with its offline plan, or as it was; the plan has offsets when they are written."""
    model = read_model_file(data, name)
    plan = plan_offline(model, _complete(LIBRARIES[wishes.kernels], [model]))
    if wishes.offline_plan and plan.offsets is not None:
        return write_plan(data, name, plan.offsets), plan
    return data, replace(plan, offsets=None)


def _arena_bytes(data: bytes, name: str, kernels: str) -> int:
    model = read_model_file(data, name)
    return simulate(model, _complete(LIBRARIES[kernels], [model])).smallest_working_bytes


def _complete(kernels: Mapping[str, Kernel], models: Sequence[ModelFile]) -> Mapping[str, Kernel]:
    for model in models:
        kernels, _ = with_unknown(kernels, model)
    return kernels


def _banner(models: str) -> str:
    return f"Generated by lilliput {__version__} from {models}. Do not edit."


def _symbol(path: Path) -> str:
    """A C identifier from the file's name."""
    name = re.sub(r"\W", "_", path.name.removesuffix(path.suffix), flags=re.ASCII).lower()
    return name if name[:1].isalpha() else f"model_{name}"


def _report(name: str, model: ModelFile, plan: OfflinePlan, compression: CompressionReport | None) -> ModelReport:
    arenas: list[ArenaReport] = []
    for library, kernels in LIBRARIES.items():
        complete, unknown = with_unknown(kernels, model)
        arenas.append(ArenaReport(library, simulate(model, complete), unknown))
    flash = tuple(predict_flash(model, configuration) for configuration in configurations())
    return ModelReport(name, model, tuple(arenas), flash, plan, compression)
