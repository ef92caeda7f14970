"""Results are written all or not at all, and nobody else's files are touched."""

import errno
import os
from pathlib import Path

import pytest

from lilliput.errors import UsageError
from lilliput.output import write_files

FILES = {"a.c": b"new a", "b.c": b"new b", "c.c": b"new c"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an older result and a file of somebody else's."""
    (tmp_path / "b.c").write_bytes(b"old b")
    (tmp_path / "mine.c").write_bytes(b"mine")
    return tmp_path


def test_new_files_replace_old_ones_and_others_stay(folder: Path) -> None:
    write_files(folder, FILES)
    assert contents(folder) == {**FILES, "mine.c": b"mine"}


def test_missing_folders_are_made(tmp_path: Path) -> None:
    write_files(tmp_path / "new" / "out", FILES)
    assert contents(tmp_path / "new" / "out") == FILES


@pytest.mark.parametrize("stage", ["write_bytes", "replace"])
@pytest.mark.parametrize("failing", sorted(FILES))
def test_a_failure_in_the_middle_changes_nothing(
    stage: str, failing: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = getattr(Path, stage)

    def fail_once(path: Path, argument: object) -> object:
        if path.name == failing:
            monkeypatch.setattr(Path, stage, original)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return original(path, argument)

    before = contents(folder)
    monkeypatch.setattr(Path, stage, fail_once)
    with pytest.raises(UsageError, match="No space left on device") as error:
        write_files(folder, FILES)
    assert contents(folder) == before
    assert error.value.where == str(folder)
    assert error.value.advice


def test_a_folder_in_the_place_of_a_file_is_kept(folder: Path) -> None:
    (folder / "c.c").mkdir()
    (folder / "c.c" / "inside").write_bytes(b"kept")
    with pytest.raises(UsageError):
        write_files(folder, FILES)
    assert (folder / "c.c" / "inside").read_bytes() == b"kept"
    assert {path.name for path in folder.iterdir()} == {"b.c", "c.c", "mine.c"}
    assert (folder / "b.c").read_bytes() == b"old b"


def test_folders_that_were_made_go_away_when_writing_fails(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="File name too long"):
        write_files(tmp_path / "new" / "out", {"a.c": b"", "b" * 300: b""})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_place_of_the_folder_is_kept(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(UsageError, match="Not a directory"):
        write_files(tmp_path / place, FILES)
    assert contents(tmp_path) == {"file": b"kept"}


def test_an_interruption_leaves_everything_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Path.replace

    def interrupt(path: Path, target: Path) -> Path:
        if path.name == "c.c":
            raise KeyboardInterrupt
        return original(path, target)

    before = contents(folder)
    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_files(folder, FILES)
    assert contents(folder) == before
