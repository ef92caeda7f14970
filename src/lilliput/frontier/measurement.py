"""Recipe -> Point: a build's flash and RAM, and the instructions of an inference by operator, counted by emulation.

What an image takes is kept in the user's cache under the hash of its bytes, so that nothing is emulated twice.
"""

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lilliput.choice.recipe import Recipe
from lilliput.choice.slowdown import count_instructions
from lilliput.codegen import Part
from lilliput.ir import Graph
from lilliput.operators import support
from lilliput.options import Options
from lilliput.pipeline import Build, build
from lilliput.version import __version__

_DATA = (Part.WEIGHTS, Part.TABLES)


@dataclass(frozen=True, slots=True)
class Point:
    """A measured build. `macs` are the model's; by operator, `instructions_of` and the bytes of its constants."""

    recipe: Recipe
    flash_bytes: int
    ram_bytes: int
    instructions: int
    instructions_of: Mapping[str, int]
    constant_bytes_of: Mapping[str, int]

    @property
    def name(self) -> str:
        """What builds it: `lilliput compile --point NAME`."""
        return self.recipe.name

    def beats(self, other: "Point") -> bool:
        """Whether it is at least as good in everything and better in something."""
        own, others = self.figures, other.figures
        return all(a <= b for a, b in zip(own, others, strict=True)) and own != others

    @property
    def figures(self) -> tuple[int, int, int]:
        """Flash, RAM and instructions; less is better."""
        return self.flash_bytes, self.ram_bytes, self.instructions


def measure(graph: Graph, options: Options, recipe: Recipe) -> Point:
    """Build a model as read from a file and count its instructions on inputs of zeros."""
    with tempfile.TemporaryDirectory() as folder:
        built = build(graph, recipe.applied(options), Path(folder))
        counts = _instructions(built)
    operators = [node.operator for node in built.graph.nodes]
    instructions, constants = Counter[str](), Counter[str]()
    for node, count in counts.items():
        instructions["" if node is None else operators[node]] += count
    for item in built.footprint.ranges:
        if item.label.part in _DATA and item.label.node is not None:
            constants[operators[item.label.node]] += item.end - item.start
    footprint = built.footprint
    total = sum(instructions.values())
    return Point(recipe, footprint.flash_bytes, footprint.ram_bytes, total, instructions, constants)


def fast_operators(graph: Graph, features: frozenset[str]) -> frozenset[str]:
    """The operators of a prepared graph that have other kernels than the portable ones for a core."""
    found: set[str] = set()
    for node in graph.nodes:
        variants = support.operator_of(node).variants
        if any(each.features <= features and each.applies(graph, node) for each in variants):
            found.add(node.operator)
    return frozenset(found)


def _instructions(built: Build) -> dict[int | None, int]:
    """By node, from the cache or by emulation."""
    file = _cache_file(built)
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return {None if node == "" else int(node): int(count) for node, count in stored.items()}
    except (OSError, ValueError, AttributeError):
        counts = dict(count_instructions(built))
        _store(file, {"" if node is None else str(node): count for node, count in counts.items()})
        return counts


def _cache_file(built: Build) -> Path:
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = hashlib.sha256(f"{__version__} {built.image.target.name}\n".encode() + built.image.binary).hexdigest()
    return root / "lilliput" / "instructions" / f"{key}.json"


def _store(file: Path, counts: Mapping[str, int]) -> None:
    """Keep a measurement; a cache that cannot be written is no error."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as whole:
            json.dump(counts, whole)
        Path(whole.name).replace(file)
    except OSError:
        return


def exploring(options: Options) -> Options:
    """Options for builds whose RAM does not matter yet: the search for a plan takes most of a build's time."""
    return replace(options, plan_seconds=min(options.plan_seconds, 0.1))
