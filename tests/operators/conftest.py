"""What the operators' tests share."""

import pytest

from lilliput import oracles
from lilliput.oracles import Oracle


@pytest.fixture(scope="session")
def tflm() -> Oracle:
    """TFLM's interpreter."""
    found = [oracle for oracle in oracles.available() if oracle.name == "tflm"]
    if not found:
        pytest.skip("needs the package tflite-micro")
    return found[0]
