"""TflmPackage -> the C++ header of the numbers that firmware with TFLM must be told, each with what it costs."""

from collections.abc import Mapping, Sequence

from lilliput.tflm import layout
from lilliput.tflm.report import ModelReport, TflmPackage

_RESOLVER = "p ii"
_REGISTRATION = "ppppp i p"
_PARSER = "i p"
_PLAIN, _SPECIALISED = "m4_cmsis_Os", "m4_cmsis_Os_int8reg"
_CONDITIONS = (
    ("#if !defined(CMSIS_NN)", "reference"),
    ("#elif defined(__ARM_FEATURE_MVE)", "cmsis-nn-mve"),
    ("#elif defined(__ARM_FEATURE_DSP)", "cmsis-nn"),
    ("#else", "cmsis-nn-no-dsp"),
)


def constants_header(name: str, package: TflmPackage, kernels: str, banner: str) -> str:
    """NAME_tflm.h: the count of operators, the arenas, and in comments where the bytes go."""
    guard = f"{name.upper()}_TFLM_H_"
    operators = len(package.registrations) + len(package.missing)
    resolver_bytes = layout.size(_RESOLVER, layout.ARM) + operators * (
        layout.size(_REGISTRATION, layout.ARM) + layout.size(_PARSER, layout.ARM)
    )
    lines = [
        f"// {banner}",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        "#include <cstddef>",
        "",
        f"// The resolver for them is an object of {resolver_bytes:,} bytes of RAM.",
        f"constexpr unsigned {name}_operators = {operators};",
    ]
    for model in package.models:
        lines += ["", *_arena(model, kernels)]
    if len(package.models) > 1:
        lines += ["", *_shared_arena(name, package)]
    lines += ["", *_costs(package.models), "", f"#endif  // {guard}"]
    return "\n".join(lines) + "\n"


def _arena(model: ModelReport, kernels: str) -> list[str]:
    """The arena of one model: exact, or a bound where a kernel is not known."""
    sizes = {report.kernels: report.arena.smallest_working_bytes for report in model.arenas}
    report = next(report for report in model.arenas if report.kernels == kernels)
    exact = (
        "The smallest arena that works" if not report.unknown else f"A bound ({', '.join(report.unknown)} not known)"
    )
    persistent_bytes = sum(part.size_bytes for part in report.arena.parts)
    lines = [
        f"// {model.model.name}. {exact}, aligned to 16 bytes. With {kernels} kernels: activations",
        f"// {report.arena.activation_bytes:,} bytes, the interpreter's records {persistent_bytes:,} bytes.",
    ]
    return [*lines, *_by_library(f"{model.name}_arena_bytes", sizes)]


def _shared_arena(name: str, package: TflmPackage) -> list[str]:
    """One arena for several models: all at once, or one after the other."""
    lines = [
        "// All interpreters at once, made with one MicroAllocator on this arena in the order above: each keeps its",
        "// records at the end of the arena, and the activations of whichever runs lie at its start.",
        *_by_library(
            f"{name}_together_arena_bytes", {k: v.smallest_working_bytes for k, v in package.together.items()}
        ),
        "// One interpreter at a time, made anew before its model runs.",
    ]
    largest = {library: package.one_after_the_other_bytes(library) for library in package.together}
    return [*lines, *_by_library(f"{name}_arena_bytes", largest)]


def _by_library(constant: str, sizes: Mapping[str, int]) -> list[str]:
    """A constant that is right for whichever kernels are compiled."""
    lines: list[str] = []
    for condition, library in _CONDITIONS:
        lines += [condition, f"constexpr size_t {constant} = {sizes[library]};"]
    return [*lines, "#endif"]


def _costs(models: Sequence[ModelReport]) -> list[str]:
    """What can be chosen, and what it is worth, as comments."""
    lines = [
        "// Flash, predicted for Cortex-M4, CMSIS-NN, -Os, with TF_LITE_STRIP_ERROR_STRINGS defined (define it: the",
        "// messages are only read by developers) and no profiler (pass none):",
    ]
    for report in models:
        plain, special = (report.flash_of(each) for each in (_PLAIN, _SPECIALISED))
        if plain.unmeasured or special.unmeasured:
            missing = ", ".join(dict.fromkeys((*plain.unmeasured, *special.unmeasured)))
            lines.append(f"// {report.model.name}: not measured with {missing}")
            continue
        lines.append(
            f"// {report.model.name}: {special.flash_bytes:,} bytes with registrations for int8 only, "
            f"{plain.flash_bytes:,} with plain ones"
        )
        largest = sorted(special.operators.items(), key=lambda item: -item[1])
        lines += [f"//   {operator.upper()} alone adds {size_bytes:,} bytes" for operator, size_bytes in largest]
    return lines
