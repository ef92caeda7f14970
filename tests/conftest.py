"""Fixtures shared by all tests: the real models and data, where they are present."""

import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lilliput import oracles
from lilliput.oracles import Oracle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_SHARED = Path(os.environ.get("LILLIPUT_SHARED", Path(__file__).parents[2] / "shared"))


def _folder(name: str) -> Path:
    path = _SHARED / name
    if not path.is_dir():
        pytest.skip(f"needs the folder shared/{name} next to the project")
    return path


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """The folder of real third-party models."""
    return _folder("models")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs."""
    return _folder("data")


@pytest.fixture(scope="session")
def shared_baselines() -> Path:
    """The folder with what TensorFlow Lite Micro needs for the same models."""
    return _folder("baselines")


@pytest.fixture(scope="session")
def tflm() -> Oracle:
    """TFLM's interpreter, the only oracle whose bytes are promised."""
    found = [oracle for oracle in oracles.available() if oracle.name == "tflm"]
    if not found:
        pytest.skip("needs the package tflite-micro, which there is for Linux on x86-64 only")
    return found[0]


@pytest.fixture(scope="session")
def litert() -> Oracle:
    """LiteRT's interpreter, with its reference kernels."""
    found = [oracle for oracle in oracles.available() if oracle.name == "litert"]
    if not found:
        pytest.skip("needs the package ai-edge-litert")
    return found[0]


@pytest.fixture(scope="session")
def arm_gcc() -> str:
    """The Arm cross compiler's command."""
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("needs arm-none-eabi-gcc (Debian: gcc-arm-none-eabi)")
    return "arm-none-eabi-gcc"


@pytest.fixture(scope="session")
def host_gcc() -> str:
    """A C compiler of this machine that has sanitizers."""
    if shutil.which("gcc") is None and shutil.which("clang") is None:
        pytest.skip("needs gcc or clang for this machine")
    return "gcc"


@pytest.fixture(scope="session")
def chromium() -> "Generator[Browser]":
    """A browser without a window, which keeps to itself."""
    command = shutil.which("chromium")
    if command is None:
        pytest.skip("needs chromium (Debian: chromium)")
    from playwright.sync_api import sync_playwright

    # Without its sandbox, which does not work where tests run as root or in a container.
    options = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=command, args=options)
        yield browser
        browser.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Where everything must run (LILLIPUT_NO_SKIPS), list what did not."""
    if _skips_fail() and (skipped := terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(f"{len(skipped)} tests were skipped, and LILLIPUT_NO_SKIPS forbids it", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything must run (LILLIPUT_NO_SKIPS), a skipped test fails the session."""
    reporter: pytest.TerminalReporter | None = session.config.pluginmanager.get_plugin("terminalreporter")
    if _skips_fail() and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skips_fail() -> bool:
    return os.environ.get("LILLIPUT_NO_SKIPS", "") not in ("", "0")
