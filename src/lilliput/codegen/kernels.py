"""Kernel files -> one text: local headers pasted once and first, public functions static, nothing that is not called.

Kernels are complete C files that compile by themselves; here they become parts of the generated file.
"""

import re
from collections.abc import Collection, Iterable
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
_DEFINITION = re.compile(
    r"^static (?:inline |__attribute__\(\(noinline\)\) )?(?:const |struct )?\w+ \*?(\w+)\([^;{]*\)\n\{", re.M
)
_CALL = re.compile(r"\b(\w+)\(")


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


def paste(files: Iterable[KernelFile], called: Collection[str], text: LabelledText) -> None:
    """Append the files' bodies, each under a banner with its path and labelled as a kernel.

    Of their functions those stay that the graph calls (`called`) or that one of these calls.
    """
    parts = {file.path: re.split(r"\n\n(?=\S)", file.body) for file in files}
    bodies = {made[1]: part for each in parts.values() for part in each if (made := _DEFINITION.search(part))}
    needed: set[str] = set()
    waiting = list(called)
    while waiting:
        name = waiting.pop()
        if name in bodies and name not in needed:
            needed.add(name)
            waiting += _CALL.findall(bodies[name])
    for path, each in parts.items():
        kept = [part for part in each if not (made := _DEFINITION.search(part)) or made[1] in needed]
        text.add(f"\n/* ==== {path} ==== */\n")
        text.add("\n\n".join(kept), Label(Part.KERNELS, PurePosixPath(path).stem))
