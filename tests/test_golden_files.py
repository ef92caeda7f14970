"""Golden files fail when they are missing, when they differ and when nobody needs them."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.golden_files import ROOT, GoldenFolder

CHECKED_ELSEWHERE = {"sizes"}
"""Sizes are keyed by compiler version; `end_to_end/test_sizes.py` says which must be there."""
_DECLARATION = re.compile(r"^[A-Z_]+ = GoldenFolder\(", re.MULTILINE)


def declared_folders() -> list[GoldenFolder]:
    """The folders that test modules declare at their top level."""
    tests = Path(__file__).parent
    sources = [path for path in sorted(tests.rglob("test_*.py")) if _DECLARATION.search(path.read_text("utf-8"))]
    names = [".".join(("tests", *path.relative_to(tests).with_suffix("").parts)) for path in sources]
    return [value for name in names for value in vars(import_module(name)).values() if isinstance(value, GoldenFolder)]


def test_every_golden_file_is_declared_by_a_test() -> None:
    folders = declared_folders()
    assert {folder.name: folder.unreferenced() for folder in folders} == {folder.name: set() for folder in folders}
    assert {path.name for path in ROOT.iterdir()} - CHECKED_ELSEWHERE == {folder.name for folder in folders}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GoldenFolder:
    monkeypatch.delenv("UPDATE_GOLDEN", raising=False)
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "here.txt").write_text("four bytes")
    return GoldenFolder("small", ("here.txt", "missing.txt"), tmp_path)


def test_a_golden_file_that_agrees_passes(folder: GoldenFolder) -> None:
    folder.check("here.txt", "four bytes")
    assert not folder.unreferenced()


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("here.txt", "five bytes", "differs"),
        ("missing.txt", "", "is missing"),
        ("other.txt", "", "is not declared"),
    ],
)
def test_a_golden_file_that_is_missing_different_or_undeclared_fails(
    folder: GoldenFolder, file: str, text: str, complaint: str
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        folder.check(file, text)


def test_a_file_that_no_test_declares_is_unreferenced(folder: GoldenFolder) -> None:
    (folder.root / "small" / "old.txt").write_text("")
    assert folder.unreferenced() == {"old.txt"}


def test_update_golden_writes_what_is_new(folder: GoldenFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPDATE_GOLDEN", "1")
    folder.check("missing.txt", "new")
    assert (folder.root / "small" / "missing.txt").read_text() == "new"
