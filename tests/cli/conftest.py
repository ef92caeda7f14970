"""The command line, ready to be called."""

import pytest

from tests.cli.command import Lilliput, caller


@pytest.fixture
def lilliput(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Lilliput:
    """A function that calls `lilliput` with its arguments."""
    return caller(monkeypatch, capfd)
