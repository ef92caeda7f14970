"""Revisions: what git itself says, without starting it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lilliput.firmware.revision import UNKNOWN, Revision, find_revision


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    result = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return result.stdout.strip()


@pytest.fixture
def working_copy(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    git(tmp_path, "init", "-q", "-b", "feature/one")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "First")
    return tmp_path


def test_the_revision_is_what_git_says_from_anywhere_in_the_working_copy(working_copy: Path) -> None:
    expected = Revision(git(working_copy, "rev-parse", "HEAD"), "feature/one")
    (working_copy / "build").mkdir()
    assert find_revision(working_copy, {}) == find_revision(working_copy / "build", {}) == expected


def test_packed_references_are_read(working_copy: Path) -> None:
    expected = Revision(git(working_copy, "rev-parse", "HEAD"), "feature/one")
    git(working_copy, "pack-refs", "--all")
    assert find_revision(working_copy, {}) == expected


def test_a_detached_head_has_no_branch(working_copy: Path) -> None:
    git(working_copy, "checkout", "-q", "--detach")
    assert find_revision(working_copy, {}) == Revision(git(working_copy, "rev-parse", "HEAD"), "")


def test_a_linked_working_copy_has_its_own_branch(working_copy: Path) -> None:
    git(working_copy, "worktree", "add", "-q", "-b", "two", "linked")
    expected = Revision(git(working_copy, "rev-parse", "HEAD"), "two")
    assert find_revision(working_copy / "linked", {}) == expected
    git(working_copy, "pack-refs", "--all")
    assert find_revision(working_copy / "linked", {}) == expected


def test_a_branch_without_commits_has_no_commit(tmp_path: Path, working_copy: Path) -> None:
    git(working_copy, "checkout", "-q", "--orphan", "new")
    assert find_revision(tmp_path, {}) == Revision("", "new")


def test_continuous_integration_knows_better(working_copy: Path) -> None:
    pull_request = {"GITHUB_SHA": "12", "GITHUB_REF_NAME": "7/merge", "GITHUB_HEAD_REF": "fix"}
    assert find_revision(working_copy, pull_request) == Revision("12", "fix")
    assert find_revision(working_copy, {**pull_request, "GITHUB_HEAD_REF": ""}) == Revision("12", "7/merge")
    assert find_revision(working_copy, {"CI_COMMIT_SHA": "34", "CI_COMMIT_REF_NAME": "main"}) == Revision("34", "main")


@pytest.mark.parametrize("content", [b"gitdir: /nowhere", b"\xff\xfe", b""])
def test_what_is_no_working_copy_is_unknown(tmp_path: Path, content: bytes) -> None:
    assert find_revision(tmp_path / "missing", {}) == UNKNOWN
    (tmp_path / ".git").write_bytes(content)
    assert find_revision(tmp_path, {}) == UNKNOWN
