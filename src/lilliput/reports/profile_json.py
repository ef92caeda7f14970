"""Profile -> a JSON object with a stable, versioned schema.

format_version 1: the first.
"""

from dataclasses import asdict
from typing import Any

from lilliput.profiling import Frame, Profile
from lilliput.profiling.timings import ASSUMPTIONS

FORMAT_VERSION = 1


def profile_report(profile: Profile) -> dict[str, Any]:
    """What `profile --json` prints."""
    build = profile.build
    compiler = build.image.compiler
    return {
        "format_version": FORMAT_VERSION,
        "model": build.graph.source.name,
        "model_sha256": build.graph.source.sha256,
        "target": build.image.target.name,
        "toolchain": {"name": compiler.name, "version": compiler.version, "flags": list(compiler.flags)},
        "optimize": build.options.optimize,
        "instructions": profile.instructions,
        "macs": profile.macs,
        "requantisation_instructions": profile.requantisation_instructions,
        "cycles": None if profile.cycles is None else {**asdict(profile.cycles), "assumptions": ASSUMPTIONS},
        "nodes": [asdict(each) for each in profile.nodes],
        "functions": [asdict(each) for each in profile.functions],
        "lines": [asdict(each) for each in profile.lines],
        "flame": _frame(profile.flame),
    }


def _frame(frame: Frame) -> dict[str, Any]:
    children = [_frame(each) for each in frame.children.values()]
    return {"name": frame.name, "instructions": frame.instructions, "children": children}
