"""Golden files: results as text that a person reviews, in folders under tests/golden.

A test module declares its folder with every file in it. Missing and differing files fail; `test_golden_files.py` fails
for files and folders that nobody declares. UPDATE_GOLDEN=1 writes the files instead of comparing.
"""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent / "golden"


@dataclass(frozen=True, slots=True)
class GoldenFolder:
    """A folder under `root` and the names of all files in it."""

    name: str
    files: tuple[str, ...]
    root: Path = ROOT

    def check(self, file: str, text: str) -> None:
        """Fail unless the file holds exactly `text`."""
        assert file in self.files, f"{file} is not declared in GoldenFolder({self.name!r})"
        path = self.root / self.name / file
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path} is missing; look at what UPDATE_GOLDEN=1 writes, and commit it"
        assert text == path.read_text(encoding="utf-8"), f"{path} differs; UPDATE_GOLDEN=1 accepts what is new"

    def unreferenced(self) -> set[str]:
        """The files in the folder that are not declared."""
        folder = self.root / self.name
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - set(self.files)
