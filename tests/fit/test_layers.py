"""Networks that are only an idea: sizes of a text and of Keras' JSON, and input that makes no sense."""

import json
from pathlib import Path
from typing import Any

import pytest

from lilliput.errors import UsageError
from lilliput.fit.layers_file import read_layers

KEYWORDS = """
input 49x10x1            # the MLPerf Tiny keyword spotter
conv 64 10x4 stride 2
depthwise 3x3
conv 64 1x1
depthwise 3x3
conv 64 1x1
depthwise 3x3
conv 64 1x1
depthwise 3x3
conv 64 1x1
average_pool 25x5
flatten
dense 12
softmax
"""


def layers_file(folder: Path, text: str) -> Path:
    file = folder / "layers.txt"
    file.write_text(text)
    return file


def keras(*layers: tuple[str, dict[str, Any]], **more: Any) -> str:
    entries = [{"class_name": kind, "config": options, **more} for kind, options in layers]
    return json.dumps({"class_name": "Sequential", "config": {"name": "idea", "layers": entries}})


def test_a_sketch_of_a_real_network_has_its_macs_and_its_activations(tmp_path: Path) -> None:
    sketch = read_layers(layers_file(tmp_path, KEYWORDS))
    assert sketch.macs == 2_656_768  # `lilliput inspect` of the trained network, and its published figure
    assert sketch.peak_bytes == 16_000
    assert sketch.weight_bytes == 24_368


def test_a_keras_model_is_sized_as_the_same_text(tmp_path: Path) -> None:
    text = layers_file(tmp_path, "input 32x32x3\nconv 8 3x3 stride 2\nmax_pool 2x2\nflatten\ndense 10\nsoftmax")
    written = tmp_path / "model.json"
    written.write_text(
        keras(
            ("InputLayer", {"batch_shape": [None, 32, 32, 3]}),
            ("Conv2D", {"filters": 8, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same"}),
            ("BatchNormalization", {}),
            ("MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid"}),
            ("Flatten", {}),
            ("Dropout", {"rate": 0.5}),
            ("Dense", {"units": 10}),
            ("Softmax", {}),
        )
    )
    assert read_layers(written).layers == read_layers(text).layers


def test_a_separable_layer_costs_a_depthwise_and_a_pointwise_one(tmp_path: Path) -> None:
    whole = read_layers(layers_file(tmp_path, "input 8x8x4\nseparable 6 3x3"))
    parts = read_layers(layers_file(tmp_path, "input 8x8x4\ndepthwise 3x3\nconv 6 1x1"))
    assert whole.macs == parts.macs
    assert whole.weight_bytes == parts.weight_bytes - 4 * 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "conv 8 3x3",
        "input",
        "input 0x4x4",
        "input 4x4x4\nlaser 3",
        "input 4x4x4\nconv 3x3",
        "input 4x4x4\nconv 8 3x3 sideways",
        "input 4x4x4\nconv 8 5x5 valid",
        "input 4x4x4\nconv 8 3x3 stride",
        "input 4x4x4\nconv 8 3x3 stride 0",
        "input 4x4x4\nflatten\nconv 8 3x3",
        "input 999999999x999999999x999999999",
        "input 4\ndense 999999999\ndense 99999999999",
        "{",
        "{}",
        '{"config": 5}',
        '{"config": {"layers": []}}',
        '{"config": {"layers": [{"class_name": "Dense", "config": {"units": 3}}]}}',
        '{"config": ' + "[" * 100_000,
        '{"config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": [null, Infinity]}}]}}',
        '{"config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": [null, null, 3]}}]}}',
        "\x1b[31m",
    ],
)
def test_layers_that_make_no_sense_are_a_usage_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as error:
        read_layers(layers_file(tmp_path, text))
    assert error.value.advice


def test_a_branching_keras_model_is_refused_as_such(tmp_path: Path) -> None:
    nodes = [[["first", 0, 0, {}], ["second", 0, 0, {}]]]
    text = keras(("InputLayer", {"batch_input_shape": [None, 8]}), ("Add", {}), inbound_nodes=nodes)
    with pytest.raises(UsageError, match="branches"):
        read_layers(layers_file(tmp_path, text))


def test_an_unknown_keras_layer_is_named(tmp_path: Path) -> None:
    text = keras(("InputLayer", {"batch_shape": [None, 8]}), ("LSTM", {"units": 8, "name": "memory"}))
    with pytest.raises(UsageError, match="LSTM") as error:
        read_layers(layers_file(tmp_path, text))
    assert 'layer "memory"' in error.value.where


def test_a_file_that_is_no_text_or_missing_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "layers.txt"
    with pytest.raises(UsageError):
        read_layers(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError):
        read_layers(file)
