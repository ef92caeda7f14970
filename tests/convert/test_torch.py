"""Exported PyTorch programs, where litert-torch is installed."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.convert.near import assert_near

pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_model_computes_the_same_and_can_be_quantised(tmp_path: Path) -> None:
    torch: Any = import_module("torch")
    torch.manual_seed(0)
    layers = torch.nn
    model = layers.Sequential(
        layers.Conv2d(1, 4, 3, padding=1), layers.ReLU(), layers.MaxPool2d(2), layers.Flatten(), layers.Linear(144, 5)
    ).eval()
    path = tmp_path / "model.pt2"
    torch.export.save(torch.export.export(model, (torch.zeros(1, 1, 12, 12),)), path)
    x = np.random.default_rng(0).uniform(-1, 1, (60, 12, 12, 1)).astype(np.float32)
    assert_near(path, x, lambda x: model(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).detach().numpy())
