"""ONNX files, where onnx2tf is installed."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.convert.near import assert_near

pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_model_computes_the_same_and_can_be_quantised(tmp_path: Path) -> None:
    onnx: Any = import_module("onnx")
    make, random = onnx.helper, np.random.default_rng(0)
    weights = random.normal(size=(4, 1, 1, 1)).astype(np.float32)
    dense = random.normal(size=(4, 5)).astype(np.float32)
    constants = {"weights": weights, "dense": dense}
    graph = make.make_graph(
        [
            make.make_node("Conv", ["x", "weights"], ["conv"]),
            make.make_node("Relu", ["conv"], ["relu"]),
            make.make_node("GlobalAveragePool", ["relu"], ["mean"]),
            make.make_node("Flatten", ["mean"], ["flat"]),
            make.make_node("Gemm", ["flat", "dense"], ["y"]),
        ],
        "model",
        [make.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 1, 12, 12])],
        [make.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 5])],
        [onnx.numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    path = tmp_path / "model.onnx"
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=9), path)

    def computed(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.maximum(x * weights[:, 0, 0, 0], 0).mean(axis=(1, 2)) @ dense

    assert_near(path, random.uniform(-1, 1, (60, 12, 12, 1)).astype(np.float32), computed)
