"""Kernel files -> one text: local headers pasted once and first, public functions static, nothing that is not called.

Kernels are complete C files that compile by themselves; here they become parts of the generated file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

from lilliput.codegen.csource import Label, Part
from lilliput.codegen.labelled_text import LabelledText

_LOCAL_INCLUDE = re.compile(r'#include "(.+)"')
_SYSTEM_INCLUDE = re.compile(r"#include <(.+)>")
_GUARD = re.compile(r"#(ifndef|define) LILLIPUT_\w+_H$|#endif$")
_PUBLIC_FUNCTION = re.compile(r"(?=void \w+\()")
_INLINE_FUNCTION = re.compile(
    r"\n*(?:/\*(?:[^*]|\*(?!/))*\*/\n)?static inline [^\n]*?(?P<name>\w+)\([^{;]*\)\n\{\n.*?\n\}", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class KernelFile:
    """A kernel or runtime file, taken apart."""

    path: str
    local_includes: tuple[str, ...]
    system_includes: tuple[str, ...]
    body: str


@cache
def load(path: str) -> KernelFile:
    """Read a file of the package, `path` relative to it ("operators/conv_2d/conv_2d.c")."""
    text = resources.files("lilliput").joinpath(path).read_text(encoding="utf-8")
    body = [
        _PUBLIC_FUNCTION.sub("static ", line, count=1) if _PUBLIC_FUNCTION.match(line) else line
        for line in text.splitlines()
        if not (line.startswith("#include") or _GUARD.match(line))
    ]
    return KernelFile(
        path,
        tuple(f"runtime/{name}" for name in _LOCAL_INCLUDE.findall(text)),
        tuple(_SYSTEM_INCLUDE.findall(text)),
        "\n".join(body).strip("\n"),
    )


def closure(paths: Iterable[str]) -> tuple[KernelFile, ...]:
    """The files of `paths` and all that they include, each once, after what it needs."""
    ordered: dict[str, KernelFile] = {}

    def visit(path: str) -> None:
        if path not in ordered:
            file = load(path)
            for include in file.local_includes:
                visit(include)
            ordered[path] = file

    for path in paths:
        visit(path)
    return tuple(ordered.values())


def paste(files: Iterable[KernelFile], text: LabelledText) -> None:
    """Append the files' bodies, each under a banner with its path and labelled as a kernel."""
    files = tuple(files)
    for file, body in zip(files, _without_unused([file.body for file in files]), strict=True):
        text.add(f"\n/* ==== {file.path} ==== */\n")
        text.add(body, Label(Part.KERNELS, PurePosixPath(file.path).stem))


def _without_unused(bodies: list[str]) -> list[str]:
    """The bodies without the inline functions that nothing calls: outside of headers, compilers warn about them."""
    whole = "\n".join(bodies)
    names = {match["name"] for match in _INLINE_FUNCTION.finditer(whole)}
    unused = {name for name in names if len(re.findall(rf"\b{name}\(", whole)) == 1}
    if not unused:
        return bodies
    kept = [_INLINE_FUNCTION.sub(lambda match: "" if match["name"] in unused else match[0], body) for body in bodies]
    return _without_unused([body.strip("\n") for body in kept])
