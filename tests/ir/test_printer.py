from dataclasses import replace
from pathlib import Path

import numpy as np

from lilliput.ir import Origin, Source
from lilliput.ir.printer import print_graph, print_values
from tests.tflite.small_model import BIAS, INPUT, small_model, with_node, with_tensor

GOLDEN = Path(__file__).parent / "golden"


def test_a_graph_prints_as_one_line_per_tensor_and_node() -> None:
    assert print_graph(small_model()) == (GOLDEN / "small_model.txt").read_text()


def test_warnings_variables_and_transforms_are_printed() -> None:
    graph = with_tensor(small_model(), INPUT, is_variable=True, origin=Origin(0, "image", ("fold_padding",)))
    graph = with_node(graph, 3, origin=Origin(3, "", ("fuse", "merge")))
    text = print_graph(replace(graph, source=Source("odd", "", 0, 0, ("something is odd",))))
    assert text.startswith("graph odd: (%0) -> (%8)\nwarning: something is odd\n")
    assert "zero point -128 variable by fold_padding\n" in text
    assert text.endswith("softmax.2 (%7) { beta = 1.0 } by fuse, merge\n")


def test_long_names_keep_both_ends() -> None:
    text = print_graph(with_tensor(small_model(), BIAS, name="a" * 40 + "b" * 40))
    assert f'"{"a" * 24}...{"b" * 24}"' in text


def test_values_print_in_full_or_as_start_size_and_checksum() -> None:
    assert print_values(np.array([], np.int8)) == "{}"
    assert print_values(np.array([[1, -2], [3, 4]], np.int8)) == "{ 1, -2, 3, 4 }"
    assert print_values(np.array([0.1], np.float32)) == "{ 0.1 }"
    assert print_values(np.zeros(9, np.int32)) == "{ 0, 0, 0, ... 36 bytes, crc32 6ab6b2d5 }"


def test_different_weights_print_differently() -> None:
    values = np.arange(100, dtype=np.int16)
    changed = values.copy()
    changed[99] = 0
    assert print_values(values) != print_values(changed)
    assert print_values(values) == print_values(values.astype(">i2"))
