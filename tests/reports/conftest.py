"""One verified build of the demo model for all reports."""

from pathlib import Path

import pytest

from lilliput import api
from lilliput.options import Options
from lilliput.verification import Verification

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite"


@pytest.fixture(scope="package")
def verification() -> Verification:
    """The demo model with dense weights on the smallest core, which has the most to say: a library multiplies."""
    return api.verify_model(DIGITS, Options("cortex-m0plus", max_slowdown=1), inputs=1)
