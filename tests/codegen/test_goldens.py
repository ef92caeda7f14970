"""The C that the demo model becomes, as a person reviews it, and that nothing but the model decides about it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from lilliput import tflite
from lilliput.codegen import CSource
from lilliput.options import Options
from tests.codegen.abbreviation import abbreviate
from tests.codegen.programs import generated
from tests.golden_files import GoldenFolder

KINDS = ("header", "constants", "rows", "functions", "example")
ARENAS: tuple[Literal["static", "caller"], ...] = ("static", "caller")
GOLDEN = GoldenFolder("codegen", tuple(f"digits_{arena}_{kind}.txt" for arena in ARENAS for kind in KINDS))
DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite"
LONGEST_LINES = 170
DIGEST = """
import hashlib, sys
from tests.codegen.programs import generated
from lilliput import tflite
made = generated(tflite.read(sys.argv[1]))
print(hashlib.sha256((made.header + made.source + made.example_main).encode()).hexdigest())
"""


def pieces(source: CSource) -> dict[str, str]:
    """The kinds of text that a user gets."""
    definitions, name, functions = abbreviate(source.source).partition("\nint8_t *digits_input")
    constants, banner, rows = definitions.partition("\n/* ==== rows ==== */")
    texts = (source.header, constants, (banner + rows).lstrip(), (name + functions).lstrip(), source.example_main)
    return dict(zip(KINDS, texts, strict=True))


@pytest.mark.parametrize("arena", ARENAS)
def test_the_demo_model_becomes_the_recorded_c(arena: Literal["static", "caller"]) -> None:
    for kind, text in pieces(generated(tflite.read(DIGITS), Options(arena=arena))).items():
        assert text.count("\n") <= LONGEST_LINES
        GOLDEN.check(f"digits_{arena}_{kind}.txt", text)


def digest(model: Path, hash_seed: str) -> str:
    """The SHA-256 of what a process of its own generates."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", DIGEST, str(model)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_two_processes_generate_the_same_bytes_wherever_the_model_lies(tmp_path: Path) -> None:
    copy = tmp_path / "digits.tflite"
    copy.write_bytes(DIGITS.read_bytes())
    assert digest(DIGITS, "1") == digest(copy, "2")
