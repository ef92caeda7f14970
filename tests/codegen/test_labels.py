"""Every line of generated code and every constant says what it is for: the byte ledger stands on that."""

import re
from pathlib import Path

import pytest

from lilliput import tflite
from lilliput.codegen import CSource, Label, Part
from lilliput.options import Options
from tests.cases.random_cases import RANDOM_CASES, random_case
from tests.codegen.programs import generated

_BANNER = re.compile(r"/\* ==== (.+) ==== \*/")
_SYMBOL = re.compile(r"static const (?:struct )?\w+ (\w+)(?:\[\d+\])? = \{")
_FUNCTION_START = re.compile(r"(?:const )?\w+ \*?\w+\((?:void|void \*memory)\)$")
DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.tflite"


def sections(source: CSource) -> dict[str, list[tuple[str, Label | None]]]:
    """The lines of each file that was pasted, and of the graph's own code, with their labels."""
    found: dict[str, list[tuple[str, Label | None]]] = {}
    current: list[tuple[str, Label | None]] = []
    for line, label in zip(source.source.splitlines(), source.lines, strict=True):
        banner = _BANNER.fullmatch(line)
        if banner is not None:
            current = found.setdefault(banner[1], [])
        elif line:
            current.append((line, label))
    return found


@pytest.mark.parametrize("case", ["digits", *sorted(RANDOM_CASES)])
def test_every_line_of_code_and_every_constant_has_a_label(case: str) -> None:
    source = generated(tflite.read(DIGITS) if case == "digits" else random_case(case, 0))
    pasted = sections(source)
    code = [*pasted.pop("graph"), *pasted.pop("rows", [])]
    for path, lines in pasted.items():
        assert {label for _, label in lines} == {Label(Part.KERNELS, Path(path).stem)}
    texts = [line for line, _ in code]
    assert set(source.symbols) == {match[1] for match in map(_SYMBOL.fullmatch, texts) if match is not None}
    functions = code[next(index for index, line in enumerate(texts) if _FUNCTION_START.match(line)) :]
    assert all(label is not None for line, label in functions if not line.strip().startswith("/*"))
    assert all(label is None or label.part is Part.GRAPH for _, label in functions)


def test_calls_and_constants_belong_to_their_node() -> None:
    graph = tflite.read(DIGITS)
    source = generated(graph, Options(schedule="layers"))
    calls = [label for line, label in sections(source)["graph"] if line.startswith("    ") and line.endswith(");")]
    assert [label.node for label in calls if label is not None and label.node is not None] == [0, 1, 2, 3, 5, 6]
    for symbol, label in source.symbols.items():
        assert symbol.startswith(f"node{label.node:02d}_")
    assert source.symbols["node05_weights"] == Label(Part.WEIGHTS, "weights", 5)
    assert source.symbols["node00_records"] == Label(Part.TABLES, "records", 0)
    assert source.symbols["node06_softmax"] == Label(Part.GRAPH, "parameters", 6)
