from dataclasses import replace

import numpy as np

from lilliput.ir import Origin, Source
from lilliput.ir.printer import print_graph, print_values
from tests.tflite.small_model import BIAS, INPUT, small_model, with_node, with_tensor

EXPECTED = """\
graph test: (%0) -> (%8)

%0 "image" int8[1,8,8,1] scale 0.0078125 zero point -128
%1 "weights" int8[4,3,3,1] scales { 0.25, 0.125, 0.0625, 0.5 } zero points 0 along 0 = { 11, -54, 101, ... 36 bytes, crc32 d59128b7 }
%2 "bias" int32[4] scales { 0.125, 0.0625, 0.03125, 0.25 } zero points 0 along 0 = { 0, 1, 2, 3 }
%3 "features" int8[1,4,4,4] scale 0.5 zero point 3
%4 "new shape" int32[2] = { 1, -1 }
%5 "flat" int8[1,64] scale 0.5 zero point 3
%6 "matrix" int8[3,64] scale 0.015625 zero point 0 = { 25, 50, 87, ... 192 bytes, crc32 7fd5fb3c }
%7 "scores" int8[1,3] scale 8.0 zero point -7
%8 "probabilities" int8[1,3] scale 0.00390625 zero point -128

(%3) = conv_2d.3 (%0, %1, %2) { fused_activation_function = 1, stride_w = 2, stride_h = 2, dilation_w_factor = 1, dilation_h_factor = 1 }
(%5) = reshape.1 (%3, %4) { new_shape = (1, 64) }
(%7) = fully_connected.4 (%5, %6, -) { keep_num_dims = False }
(%8) = softmax.2 (%7) { beta = 1.0 }
"""


def test_a_graph_prints_as_one_line_per_tensor_and_node() -> None:
    assert print_graph(small_model()) == EXPECTED


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
