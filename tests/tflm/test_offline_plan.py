"""Offline memory plans: smaller where greedy is not optimal, proven by TFLM's interpreter, the file else unchanged."""

import struct
from pathlib import Path
from typing import Any

import pytest

import tflite as schema
from lilliput import tflite
from lilliput.errors import ModelError
from lilliput.tflm.kernels import REFERENCE
from lilliput.tflm.metadata import add_metadata
from lilliput.tflm.model_file import read_model_file
from lilliput.tflm.offline_plan import plan_offline, write_plan
from tests.cases.random_graphs import random_graph
from tests.tflm.interpreter import measure


def _improvable() -> tuple[bytes, tuple[int, ...]]:
    """A random network that TFLM's greedy planner does not plan as small as possible."""
    for seed in range(400):
        data = tflite.write(random_graph(seed))
        offsets = plan_offline(read_model_file(data, "random"), REFERENCE).offsets
        if offsets is not None:
            return data, offsets
    raise AssertionError("no network that greedy plans badly")


@pytest.mark.usefixtures("tflm")
def test_the_interpreter_keeps_to_the_plan_and_gives_the_same_bytes() -> None:
    improved = 0
    for seed in range(120):
        data = tflite.write(random_graph(seed))
        plan = plan_offline(read_model_file(data, "random"), REFERENCE)
        assert plan.lower_bound_bytes <= plan.activation_bytes_after <= plan.activation_bytes_before
        if plan.offsets is not None:
            before, after = measure(data), measure(write_plan(data, "random", plan.offsets))
            assert after.outputs == before.outputs
            assert before.activation_bytes == plan.activation_bytes_before
            assert after.activation_bytes == plan.activation_bytes_after < plan.activation_bytes_before
            improved += 1
    assert improved


@pytest.mark.usefixtures("tflm")
def test_the_plan_of_a_real_model_takes_a_quarter_less_memory(shared_models: Path) -> None:
    data = (shared_models / "vww_96.tflite").read_bytes()
    plan = plan_offline(read_model_file(data, "vww_96"), REFERENCE)
    assert (plan.activation_bytes_before, plan.activation_bytes_after) == (73_728, 55_296)
    assert plan.offsets is not None
    before, after = measure(data), measure(write_plan(data, "vww_96", plan.offsets))
    assert (after.activation_bytes, after.outputs) == (55_296, before.outputs)


def test_every_byte_behind_the_header_stays_where_it_was_relative_to_the_others() -> None:
    data, offsets = _improvable()
    planned = write_plan(data, "random", offsets)
    grown = len(planned) - len(data)
    assert grown % 16 == 0
    assert planned[4:8] == data[4:8]
    assert planned[8 + grown :] == data[8:]


def test_a_second_plan_replaces_the_first() -> None:
    data, offsets = _improvable()
    planned = write_plan(data, "random", offsets)
    again = write_plan(planned, "random", offsets)
    assert again.count(b"OfflineMemoryAllocation") == planned.count(b"OfflineMemoryAllocation") + 1
    model: Any = schema.Model.GetRootAs(again, 0)
    assert [model.Metadata(index).Name() for index in range(model.MetadataLength())] == [b"OfflineMemoryAllocation"]
    assert read_model_file(again, "random").offline_plan == offsets


def test_planned_models_are_not_planned_again() -> None:
    data, offsets = _improvable()
    plan = plan_offline(read_model_file(write_plan(data, "random", offsets), "random"), REFERENCE)
    assert plan == plan_offline(read_model_file(data, "random"), REFERENCE)


def test_the_contents_of_the_new_buffer_are_aligned() -> None:
    data, _ = _improvable()
    payload = struct.pack("<4i", 1, 2, 3, 4)
    assert add_metadata(data, "numbers", payload, "random").index(payload) % 16 == 0


@pytest.mark.parametrize("length", [0, 8, 40, 200])
def test_a_truncated_file_is_a_model_error(length: int) -> None:
    data, _ = _improvable()
    with pytest.raises(ModelError):
        add_metadata(data[:length], "numbers", b"", "truncated")
