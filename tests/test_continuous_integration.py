"""What docs/ci.md and action.yml tell a build server to run, run against servers made of a few lines."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import tomllib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from lilliput.firmware.budget import read_budget
from lilliput.firmware.history import trend
from tests.firmware import builds

PROJECT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}
PAGE = (PROJECT / "docs" / "ci.md").read_text(encoding="utf-8")
EXCEEDED = 5

pytestmark = pytest.mark.slow


def snippets(language: str) -> list[str]:
    """The code of a language on the page, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def bash(script: str, folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub does, with `folder`/bin first on the path."""
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def program(folder: Path, name: str, script: str) -> None:
    """Put a program of a few lines on the path of `bash`."""
    file = folder / "bin" / name
    file.write_text(f"#!/usr/bin/env bash\n{script}\n", encoding="utf-8")
    file.chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a firmware and its map, a budget, and Lilliput where the action installs it and on the path."""
    (tmp_path / "build").mkdir()
    elf = builds.build("arm")
    for suffix in (".elf", ".map"):
        shutil.copy(elf.with_suffix(suffix), tmp_path / "build" / f"firmware{suffix}")
    (tmp_path / "lilliput.toml").write_text('[budget]\nflash = "256K"\n', encoding="utf-8")
    for place in (tmp_path / "bin", tmp_path / "lilliput" / "bin"):
        place.mkdir(parents=True)
        (place / "lilliput").symlink_to(Path(sys.executable).with_name("lilliput"))
    program(tmp_path, "gh", f'echo "$@" >> {tmp_path}/requests; cat {tmp_path}/answer 2> /dev/null || true')
    return tmp_path


def run_step(name: str, folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the action in a pull request with these inputs; the others have their defaults."""
    values = {
        **{f"inputs.{name}": each.get("default", "") for name, each in ACTION["inputs"].items()},
        "inputs.firmware": "build/firmware.elf",
        "inputs.map": "build/firmware.map",
        **{f"inputs.{name}": value for name, value in inputs.items()},
        "runner.temp": str(folder),
        "github.repository": "owner/name",
        "github.event.pull_request.number": "7",
    }
    variables = {
        variable: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], value)
        for variable, value in STEPS[name]["env"].items()
    }
    files = {name: str(folder / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    return bash(STEPS[name]["run"], folder, {**variables, **files, "GITHUB_SHA": "1f" * 20, "GITHUB_REF_NAME": "main"})


def measured(folder: Path, **inputs: str) -> str:
    """What the action puts into the summary of the run."""
    result = run_step("Measure", folder, **inputs)
    assert result.returncode == 0, result.stderr
    return (folder / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")


def test_the_action_uses_all_of_its_inputs_and_no_others() -> None:
    steps = json.dumps(ACTION["runs"])
    assert set(re.findall(r"inputs\.([\w-]+)", steps)) == set(ACTION["inputs"])


def test_the_action_installs_an_extra_that_there_is() -> None:
    with (PROJECT / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    found = re.search(r"\$SOURCE\[(\w+)\]", STEPS["Install Lilliput"]["run"])
    assert found is not None
    assert found[1] in extras


def test_the_action_gives_the_inputs_that_the_page_uses() -> None:
    workflow = yaml.safe_load(snippets("yaml")[0])
    (step,) = (each for each in workflow["jobs"]["size"]["steps"] if each.get("id") == "size")
    assert set(step["with"]) <= set(ACTION["inputs"])


def test_the_action_reports_a_difference_from_a_firmware(folder: Path) -> None:
    base = builds.build("arm-lto")
    inputs = {"base": str(base), "base-map": str(base.with_suffix(".map"))}
    assert "symbols:" in measured(folder, **inputs)
    outputs = dict(line.split("=", 1) for line in (folder / "GITHUB_OUTPUT").read_text(encoding="utf-8").splitlines())
    assert json.loads(Path(outputs["report"]).read_text(encoding="utf-8"))["difference"]["flash_change_bytes"] != 0
    assert "symbols:" in Path(outputs["markdown"]).read_text(encoding="utf-8")


def test_the_report_of_one_run_is_the_base_of_the_next(folder: Path) -> None:
    assert "none changed" not in measured(folder, base="missing.json")
    (folder / "lilliput-size.json").rename(folder / "base.json")
    assert "none changed" in measured(folder, base="base.json")


def test_the_action_comments_once_and_then_updates_its_comment(folder: Path) -> None:
    measured(folder)
    assert run_step("Comment", folder).returncode == 0
    (folder / "answer").write_text("12\n34\n", encoding="utf-8")
    assert run_step("Comment", folder).returncode == 0
    listed, posted, _, updated = (folder / "requests").read_text(encoding="utf-8").splitlines()
    assert "repos/owner/name/issues/7/comments" in listed
    assert "--method POST repos/owner/name/issues/7/comments" in posted
    assert "--method PATCH repos/owner/name/issues/comments/12" in updated
    assert "<!-- size of build/firmware.elf -->" in (folder / "lilliput-size.md").read_text(encoding="utf-8")


def test_a_fork_that_may_not_comment_gets_a_warning(folder: Path) -> None:
    measured(folder)
    program(folder, "gh", "exit 1")
    result = run_step("Comment", folder)
    assert result.returncode == 0
    assert result.stdout.startswith("::warning::")


def test_the_action_records_in_the_database(folder: Path) -> None:
    database = str(folder / "sizes.db")
    result = run_step("Record", folder, database=database)
    assert result.returncode == 0, result.stderr
    (found,) = trend(database)
    assert (found.revision.commit, found.revision.branch) == ("1f" * 20, "main")


@pytest.mark.parametrize(("limit", "status"), [("256K", 0), ("1K", EXCEEDED)])
def test_the_action_fails_when_the_budget_is_exceeded(folder: Path, limit: str, status: int) -> None:
    (folder / "lilliput.toml").write_text(f'[budget]\nflash = "{limit}"\n', encoding="utf-8")
    assert run_step("Check the budget", folder, budget="lilliput.toml").returncode == status


class GitLab(BaseHTTPRequestHandler):
    """An API that has the report of a branch, and keeps what is posted in `notes`."""

    report: bytes
    notes: list[tuple[str, str]]

    def do_GET(self) -> None:
        found = self.path == "/api/projects/3/jobs/artifacts/main/raw/size.json?job=firmware-size"
        self.send_response(200 if found and self.report else 404)
        self.end_headers()
        self.wfile.write(self.report)

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"]))
        header = f"Content-Type: {self.headers['Content-Type']}\n\n".encode()
        (body,) = message_from_bytes(header + form, policy=policy.default).iter_parts()
        assert isinstance(body, EmailMessage)
        self.notes.append((self.path, body.get_content()))
        self.send_response(201)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing."""


@contextmanager
def gitlab(report: bytes) -> Generator[tuple[str, list[tuple[str, str]]]]:
    """The address of an API, and the notes that arrive there."""
    handler = type("Handler", (GitLab,), {"report": report, "notes": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api", handler.notes
        finally:
            server.shutdown()
            thread.join()


def run_gitlab(folder: Path, api: str, request: str) -> None:
    """Run the job of the page for a merge request, or for a branch if `request` is empty."""
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    program(folder, "pip", "true")
    job = yaml.safe_load(snippets("yaml")[1])["firmware-size"]
    predefined = {
        "CI_API_V4_URL": api,
        "CI_PROJECT_ID": "3",
        "CI_JOB_TOKEN": "job",
        "LILLIPUT_TOKEN": "token",
        "CI_MERGE_REQUEST_IID": request,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    }
    own = {
        name: re.sub(r"\$(\w+)", lambda found: predefined[found[1]], text) for name, text in job["variables"].items()
    }
    result = bash("\n".join(job["script"]), folder, {**predefined, **own})
    assert result.returncode == 0, result.stderr
    assert all((folder / file).is_file() for file in job["artifacts"]["paths"])


def test_a_merge_request_on_gitlab_gets_a_note_with_the_difference(folder: Path) -> None:
    with gitlab(b"") as (api, notes):
        run_gitlab(folder, api, "")
        assert notes == []
    with gitlab((folder / "size.json").read_bytes()) as (api, notes):
        run_gitlab(folder, api, "5")
    ((path, text),) = notes
    assert path == "/api/projects/3/merge_requests/5/notes"
    assert "none changed" in text


def test_a_merge_request_on_gitlab_without_a_base_gets_a_note_with_the_sizes(folder: Path) -> None:
    with gitlab(b"") as (api, notes):
        run_gitlab(folder, api, "5")
    ((_, text),) = notes
    assert "Size of firmware.elf" in text


def test_the_budget_of_the_page_is_one(tmp_path: Path) -> None:
    (text,) = snippets("toml")
    (tmp_path / "lilliput.toml").write_text(text, encoding="utf-8")
    assert len(read_budget(tmp_path / "lilliput.toml")) == 7


def test_the_query_of_the_page_works_on_a_recorded_history(folder: Path) -> None:
    result = bash(f"lilliput size build/firmware.elf --record --branch main --database {folder}/sizes.db", folder, {})
    assert result.returncode == 0, result.stderr
    (query,) = snippets("sql")
    connection = sqlite3.connect(folder / "sizes.db")
    rows = connection.execute(query.replace("'model'", "'application'")).fetchall()
    connection.close()
    assert len(rows) == 1
