"""A working copy -> which commit of which branch it is at, from what continuous integration says or from git's files.

Nothing is started: git need not be installed.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_VARIABLES = (
    # Pull requests on GitHub run on a merge commit whose branch is in GITHUB_HEAD_REF; it is empty elsewhere.
    ("GITHUB_SHA", "GITHUB_HEAD_REF"),
    ("GITHUB_SHA", "GITHUB_REF_NAME"),
    ("CI_COMMIT_SHA", "CI_COMMIT_REF_NAME"),
    ("BITBUCKET_COMMIT", "BITBUCKET_BRANCH"),
    ("BUILD_SOURCEVERSION", "BUILD_SOURCEBRANCHNAME"),
    ("CIRCLE_SHA1", "CIRCLE_BRANCH"),
    ("GIT_COMMIT", "GIT_BRANCH"),
)
"""The commit and the branch in GitHub, GitLab, Bitbucket, Azure Pipelines, CircleCI and Jenkins."""

_BRANCHES = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit's hash and its branch; "" for what nobody knows."""

    commit: str
    branch: str


UNKNOWN = Revision("", "")


def find_revision(folder: Path, variables: Mapping[str, str] = os.environ) -> Revision:
    """The revision that continuous integration builds, else that of the git working copy which holds `folder`."""
    for commit, branch in _VARIABLES:
        if variables.get(commit) and variables.get(branch):
            return Revision(variables[commit], variables[branch])
    try:
        return _read_git(folder.resolve())
    except (OSError, ValueError):
        return UNKNOWN


def _read_git(folder: Path) -> Revision:
    found = next((each / ".git" for each in (folder, *folder.parents) if (each / ".git").exists()), None)
    if found is None:
        return UNKNOWN
    git = found
    if found.is_file():
        # A linked working copy or a submodule: the file says where its git folder is.
        git = found.parent / found.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return Revision(head, "")
    name = head.removeprefix("ref:").strip()
    return Revision(_commit(git, name), name.removeprefix(_BRANCHES))


def _commit(git: Path, name: str) -> str:
    """The commit that a reference names, "" before the first one."""
    shared = git / "commondir"
    common = git / shared.read_text(encoding="utf-8").strip() if shared.is_file() else git
    for folder in (git, common):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8").strip()
    packed = common / "packed-refs"
    lines = packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), "")
