"""Nothing -> a PostgreSQL server of one's own, in a folder of its own, reached through a socket there."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@contextmanager
def server() -> Generator[str]:
    """The URL of an empty database. Skips the test where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    program = found[-1] if found else Path(shutil.which("postgres") or pytest.skip("needs PostgreSQL's server"))
    # The server refuses to run as root, and a socket's path must be short.
    account = "postgres" if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix="postgresql-", dir="/tmp") as folder:
        if account is not None:
            shutil.chown(folder, account)
        control, data = program.with_name("pg_ctl"), f"{folder}/data"
        _run(account, program.with_name("initdb"), "--auth=trust", "-U", "tester", "-E", "UTF8", "-D", data)
        # It listens at a socket in the folder and not on the network, and need not survive a power failure.
        _run(account, control, "start", "-w", "-D", data, "-l", f"{folder}/log", "-o", f"-k {folder} -h '' -F")
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            _run(account, control, "stop", "-w", "-m", "fast", "-D", data)


def _run(account: str | None, program: Path, *arguments: str) -> None:
    environment = {**os.environ, "LC_ALL": "C"}
    result = subprocess.run(
        [program, *arguments], user=account, cwd="/", env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
