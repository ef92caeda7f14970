"""Fixtures shared by all tests: the real models and data, where they are present."""

import os
from pathlib import Path

import pytest

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
