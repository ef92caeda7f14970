"""Paths as a compiler recorded them -> the lines of the source files, where they are present."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

_LARGEST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """Finds source files where the compiler saw them, else below `folders` by as much of the path as agrees."""

    folders: Sequence[Path] = ()
    read: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def line(self, path: str, line: int) -> str:
        """The text of a line, counted from 1; "" when the file is not present or shorter."""
        if path not in self.read:
            self.read[path] = self._lines(path)
        lines = self.read[path]
        return lines[line - 1].rstrip() if 0 < line <= len(lines) else ""

    def missing(self) -> tuple[str, ...]:
        """The files that were asked for and not found."""
        return tuple(sorted(path for path, lines in self.read.items() if path and not lines))

    def _lines(self, path: str) -> tuple[str, ...]:
        for candidate in self._candidates(path):
            try:
                if candidate.is_file() and candidate.stat().st_size <= _LARGEST_BYTES:
                    return tuple(candidate.read_text(encoding="utf-8", errors="replace").split("\n"))
            except (OSError, ValueError):
                # What a firmware calls a path need not be one.
                continue
        return ()

    def _candidates(self, path: str) -> Sequence[Path]:
        parts = PurePosixPath(path.replace("\\", "/")).parts if path else ()
        ends = [Path(*parts[start:]) for start in range(1, len(parts))]
        return [Path(path), *(folder / end for end in ends for folder in self.folders)] if path else []
