"""Keras files and SavedModel folders, where TensorFlow is installed."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.convert.near import assert_near

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", ["model.keras", "model"])
def test_a_model_computes_the_same_and_can_be_quantised(name: str, tmp_path: Path) -> None:
    keras: Any = import_module("tensorflow").keras
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.layers.Input((12, 12, 1)),
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.DepthwiseConv2D(3),
            keras.layers.ReLU(6.0),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(5),
        ]
    )
    path = tmp_path / name
    model.save(path) if path.suffix else model.export(path)
    x = np.random.default_rng(0).uniform(-1, 1, (60, 12, 12, 1)).astype(np.float32)
    assert_near(path, x, lambda x: model(x).numpy())
