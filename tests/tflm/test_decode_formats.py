"""The formats of `TFLM_DECODE`: what is encoded is decoded to the same bits, by a decoder of their description, by
Lilliput's and by TFLM's own kernel."""

import math
import tempfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lilliput import tflite
from lilliput.errors import ModelError
from lilliput.ir import Tensor
from lilliput.oracles.tflm import load
from lilliput.tflm.decode import huffman, lut, pruning
from lilliput.tflm.decode.header import Encoded, Format, header
from lilliput.tflm.decode.huffman_code import prefix_code
from lilliput.tflm.decode.huffman_tables import smallest_tables
from lilliput.tflm.decode.unpack import decode
from tests.tflm.decode_graphs import constant, decoding_graph
from tests.tflm.decode_reference import decoded

_ENCODERS = (lut.encode, huffman.encode, pruning.encode)
_NUMPY = {"INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64, "FLOAT32": np.float32}


def _encodings(tensor: Tensor) -> list[Encoded]:
    assert tensor.data is not None
    found = [encode(tensor, tensor.data) for encode in _ENCODERS]
    return [each for each in found if each is not None]


def _reference(tensor: Tensor, encoded: Encoded) -> bytes:
    zero_points = tensor.quantization.zero_points if tensor.quantization else (0,)
    axis = tensor.quantization.axis if tensor.quantization else 0
    stride = math.prod(tensor.shape[axis + 1 :])
    return decoded(encoded.data, encoded.ancillary, tensor.dtype.value, tensor.elements, zero_points, stride)


@st.composite
def constants(draw: st.DrawFn) -> Tensor:
    """Constants of every type, with channels along the first or last dimension or none, of few or many values."""
    dtype = draw(st.sampled_from([*_NUMPY, "BOOL"]))
    shape = tuple(draw(st.lists(st.integers(1, 7), min_size=1, max_size=4)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    different = draw(st.sampled_from([1, 2, 3, 4, 8, 9, 16, 100, 200]))
    if dtype == "BOOL":
        return constant(rng.random(shape) < 0.3)
    values = rng.integers(-100, 100, different).astype(_NUMPY[dtype])[
        np.minimum(rng.geometric(draw(st.sampled_from([0.02, 0.5, 0.9])), shape), different) - 1
    ]
    axis = draw(st.sampled_from([None, 0, len(shape) - 1]))
    if axis is None or dtype == "FLOAT32":
        return constant(values)
    count = draw(st.sampled_from([1, shape[axis]]))
    zero_points = rng.integers(-128, 128, count).tolist() if dtype == "INT8" and draw(st.booleans()) else [0] * count
    return constant(values, tuple(zero_points), axis if count > 1 else 0)


@given(constants())
@settings(deadline=None)
def test_every_encoding_decodes_to_the_same_bits(tensor: Tensor) -> None:
    assert tensor.data is not None
    for encoded in _encodings(tensor):
        assert _reference(tensor, encoded) == tensor.data.tobytes()
        assert decode(encoded.data, encoded.ancillary, tensor).tobytes() == tensor.data.tobytes()


@pytest.mark.usefixtures("tflm")
@given(constants())
@settings(deadline=None, max_examples=60)
def test_tflms_own_kernel_decodes_every_encoding_to_the_same_bits(tensor: Tensor) -> None:
    assert tensor.data is not None
    for encoded in _encodings(tensor):
        assert _by_the_interpreter(tensor, encoded) == tensor.data.tobytes()


def _by_the_interpreter(tensor: Tensor, encoded: Encoded) -> bytes:
    graph = decoding_graph(tensor, encoded)
    with tempfile.TemporaryFile() as log:
        session = load(tflite.write(graph), graph, log, keep_tensors=False)
        session.invoke([np.zeros(1, np.int8)])
        return session.output(1)


def _values(count: int, different: int, dtype: str = "INT8") -> NDArray[Any]:
    return (np.arange(count) % different).astype(_NUMPY[dtype])


def test_a_lookup_table_takes_the_bits_that_its_values_need_and_its_values() -> None:
    for different, bits in ((1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (16, 4), (17, 5), (64, 6), (128, 7)):
        values = _values(640, different)
        encoded = lut.encode(constant(values), values)
        assert encoded is not None
        assert (len(encoded.data), len(encoded.ancillary)) == (640 * bits // 8, 16 + different)


def test_more_than_128_values_have_no_lookup_table_but_may_have_one_for_each_channel() -> None:
    values = np.stack([_values(129, 129), _values(129, 2)])
    assert lut.encode(constant(values), values) is None
    halves = np.stack([_values(100, 100) - 100, _values(100, 100)])
    encoded = lut.encode(constant(halves, (0, 0)), halves)
    assert encoded is not None
    assert encoded.ancillary[5:7] == bytes((0 << 4 | 7, 100))


def test_channels_with_the_same_values_share_a_table_by_a_stride_of_nothing() -> None:
    values = np.stack([_values(64, 4)] * 32)
    encoded = lut.encode(constant(values, (0,) * 32), values)
    assert encoded is not None
    assert encoded.ancillary[:16] == bytes((0, 1, 0, 0, 1, 15 << 4 | 2, 0)).ljust(16, b"\0")
    assert len(encoded.ancillary) == 16 + 4


def test_pruning_takes_a_bit_for_each_element_and_the_values_that_are_left() -> None:
    values = np.zeros(800, np.int8)
    values[::10] = 5
    encoded = pruning.encode(constant(values), values)
    assert encoded is not None
    assert (len(encoded.data), len(encoded.ancillary)) == (100, 16 + 80)


def test_pruning_leaves_out_each_channels_own_zero_point() -> None:
    values = np.array([[7, 7, 7, 1], [-3, -3, 2, -3]], np.int8)
    encoded = pruning.encode(constant(values, (7, -3)), values)
    assert encoded is not None
    assert (encoded.data, encoded.ancillary[16:]) == (bytes([0b00010010]), bytes([1, 2]))


def test_minus_zero_is_a_value_and_not_left_out() -> None:
    values = np.array([0.0, -0.0, 1.0], np.float32)
    encoded = pruning.encode(constant(values), values)
    assert encoded is not None
    assert encoded.data == bytes([0b01100000])


def test_pruning_is_refused_for_wide_types_with_a_zero_point_and_unusual_dimensions() -> None:
    wide = np.zeros((2, 3, 2), np.int16)
    assert pruning.encode(constant(wide, (1,)), wide) is None
    assert pruning.encode(constant(wide, (0,) * 3, 1), wide) is None
    assert lut.encode(constant(wide, (0,) * 3, 1), wide) is None


def test_codewords_are_as_short_as_the_limit_and_their_counts_permit() -> None:
    counts = {symbol: 2**symbol for symbol in range(9)}
    assert max(word.length for word in prefix_code(counts, 15).values()) == 8
    for longest in (4, 5, 6):
        code = prefix_code(counts, longest)
        assert max(word.length for word in code.values()) <= longest
        assert sum(2.0**-word.length for word in code.values()) == 1
    assert [prefix_code({5: 10}, 1)[5].length, len(prefix_code({5: 10}, 1))] == [1, 1]


def test_no_widths_of_tables_give_fewer_entries_than_those_found() -> None:
    full = smallest_tables(prefix_code(dict.fromkeys(range(64), 1), 15))
    assert (full.width, len(full.entries)) == (6, 64)
    chain = smallest_tables(prefix_code({symbol: 3**symbol for symbol in range(10)}, 15))
    assert len(chain.entries) <= 2 * 9
    assert sum(entry.symbol is not None for entry in chain.entries) >= 10


def test_a_file_written_by_hand_is_read_as_the_format_says() -> None:
    # Codewords: 0 -> 7, 10 -> -1, 11 -> 3; the first table is indexed by one bit, the second lies behind it.
    tables = [1 << 15 | 1 << 11 | 7, 0 << 11 | 1, 1 << 15 | 1 << 11 | 0xFF, 1 << 15 | 1 << 11 | 3]
    ancillary = header(Format.HUFFMAN, 0) + np.array(tables, "<u2").tobytes()
    values = decode(bytes([0b01011010, 0b10000000, 0, 0]), ancillary, constant(np.zeros(6, np.int8)))
    assert values.tolist() == [7, -1, 3, 7, -1, -1]


@pytest.mark.parametrize(
    ("data", "ancillary", "fact"),
    [
        (b"\0" * 8, b"\0\1", "fewer than its header"),
        (b"\0" * 8, b"\7\1\0\0\1" + b"\0" * 11, "format 7"),
        (b"\0" * 8, b"\0\2\0\0\1" + b"\0" * 11, "another version"),
        (b"\0" * 8, header(Format.LUT, 0, 1), "refuses"),
        (b"\0" * 3, header(Format.LUT, 4, 1) + b"\1", "do not fit"),
        (b"\xff" * 8, header(Format.LUT, 4, 1) + b"\1", "behind the tables"),
        (b"\0" * 1, header(Format.PRUNING), "bytes of bits"),
        (b"\xff" * 8, header(Format.PRUNING) + b"\1", "fewer values"),
        (b"\0" * 1, header(Format.HUFFMAN, 0), "codewords"),
        (b"\0" * 4, header(Format.HUFFMAN, 0), "leads behind"),
        (b"\0" * 4, header(Format.HUFFMAN, 0) + b"\0\0" * 2, "leads behind"),
    ],
)
def test_encodings_that_the_kernel_would_read_beyond_are_refused(data: bytes, ancillary: bytes, fact: str) -> None:
    with pytest.raises(ModelError, match=fact):
        decode(data, ancillary, constant(np.zeros(16, np.int8)))
