"""The oracles on small models: outputs, intermediate tensors, refusals, and silence."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from lilliput import oracles, tflite
from lilliput.errors import ToolError, UsageError
from lilliput.ir import Graph
from lilliput.oracles import Oracle
from lilliput.oracles import oracle as oracle_module
from tests.cases.builder import RELU, GraphBuilder


@pytest.fixture(params=["tflm", "litert"])
def oracle(request: pytest.FixtureRequest) -> Oracle:
    for found in oracles.available():
        if found.name == request.param:
            return found
    pytest.skip(f"needs the package of the oracle {request.param}")


def _doubled_then_clamped() -> Graph:
    builder = GraphBuilder()
    x = builder.input((1, 4), scale=1.0)
    doubled = builder.node("add", [x, x], builder.computed((1, 4), scale=1.0))
    builder.node("add", [doubled, x], builder.computed((1, 4), scale=1.0), fused_activation_function=RELU)
    return builder.graph()


def _bytes(*values: int) -> bytes:
    return np.array(values, np.int8).tobytes()


def test_an_oracle_computes_one_set_of_outputs_for_each_set_of_inputs(oracle: Oracle) -> None:
    graph = _doubled_then_clamped()
    inputs = [[_bytes(1, -2, 30, 127)], [_bytes(0, 0, 0, -128)]]
    outputs = oracles.run(oracle, tflite.write(graph), graph, inputs)
    assert outputs == ((_bytes(3, 0, 90, 127),), (_bytes(0, 0, 0, 0),))


def test_intermediate_tensors_come_by_their_index_in_the_file(oracle: Oracle) -> None:
    graph = _doubled_then_clamped()
    values = oracles.tensors(oracle, tflite.write(graph), graph, [_bytes(1, -2, 30, 127)], (2, 1, 0))
    assert values == {2: _bytes(3, 0, 90, 127), 1: _bytes(2, -4, 60, 127), 0: _bytes(1, -2, 30, 127)}


def test_a_tensor_that_the_file_does_not_have_is_refused_before_the_interpreter_crashes(oracle: Oracle) -> None:
    graph = _doubled_then_clamped()
    for index in (-1, 3, 99):
        with pytest.raises(UsageError, match=f"has no tensor {index}"):
            oracles.tensors(oracle, tflite.write(graph), graph, [_bytes(1, 2, 3, 4)], [index])


def test_several_inputs_and_outputs_keep_their_order(oracle: Oracle) -> None:
    builder = GraphBuilder()
    first, second = builder.input((2,), scale=1.0), builder.input((3,), scale=1.0)
    larger = builder.node("add", [second, second], builder.computed((3,), scale=1.0))
    smaller = builder.node("add", [first, first], builder.computed((2,), scale=1.0))
    graph = builder.graph(smaller, larger)
    outputs = oracles.run(oracle, tflite.write(graph), graph, [[_bytes(1, 2), _bytes(3, 4, 5)]])
    assert outputs == ((_bytes(2, 4), _bytes(6, 8, 10)),)


def test_an_input_of_the_wrong_size_is_refused_before_the_interpreter_sees_it(oracle: Oracle) -> None:
    graph = _doubled_then_clamped()
    with pytest.raises(UsageError, match='"t0" has 4 bytes, 3 were given'):
        oracles.run(oracle, tflite.write(graph), graph, [[_bytes(1, 2, 3)]])
    with pytest.raises(UsageError, match="has 1 inputs, 2 were given"):
        oracles.run(oracle, tflite.write(graph), graph, [[_bytes(1, 2, 3, 4)] * 2])


def test_a_refusal_says_who_refused_which_model_and_why(oracle: Oracle, capfd: pytest.CaptureFixture[str]) -> None:
    builder = GraphBuilder()
    x = builder.input((1, 2, 2, 1), scale=1.0)
    unknown = builder.node("custom:NO_SUCH_OPERATOR", [x], builder.computed((1, 2, 2, 1), scale=1.0))
    graph = builder.graph(unknown)
    with pytest.raises(ToolError) as caught:
        oracles.run(oracle, tflite.write(graph), graph, [[_bytes(1, 2, 3, 4)]])
    assert oracle.title in caught.value.fact
    assert "custom" in caught.value.fact.lower()
    assert caught.value.where == graph.source.name
    assert capfd.readouterr() == ("", "")


def test_a_model_with_much_scratch_memory_gets_a_large_enough_arena() -> None:
    found = {oracle.name: oracle for oracle in oracles.available()}
    if "tflm" not in found:
        pytest.skip("needs the package tflite-micro")
    builder = GraphBuilder()
    tensor = builder.input((1, 1 << 20), scale=1.0)
    for _ in range(12):
        tensor = builder.node("relu", [tensor], builder.computed((1, 1 << 20), scale=1.0))
    graph = builder.graph()
    data = bytes(1 << 20)
    assert oracles.run(found["tflm"], tflite.write(graph), graph, [[data]]) == ((data,),)
    assert oracles.tensors(found["tflm"], tflite.write(graph), graph, [data], [5]) == {5: data}


def test_nothing_reaches_the_terminal_or_a_pipe(tmp_path: Path) -> None:
    if not oracles.available():
        pytest.skip("needs an oracle's package")
    graph = _doubled_then_clamped()
    model = tmp_path / "model.tflite"
    model.write_bytes(tflite.write(graph))
    program = (
        "import sys; from pathlib import Path; from lilliput import oracles, tflite\n"
        "model = Path(sys.argv[1]).read_bytes(); graph = tflite.read_bytes(model, 'model')\n"
        "for oracle in oracles.available():\n"
        "    oracles.run(oracle, model, graph, oracles.random_inputs(graph, 2, 1))\n"
        "print('only this')\n"
    )
    command = [sys.executable, "-c", program, str(model)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert (result.stdout, result.stderr) == ("only this\n", "")


def _installed(monkeypatch: pytest.MonkeyPatch, versions: Mapping[str, str]) -> None:
    monkeypatch.setattr(oracle_module, "package_version", versions.get)


def test_tflm_is_the_default_and_needs_no_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, {"tflite-micro": "1", "ai-edge-litert": "2"})
    assert oracles.default_oracle() == (Oracle("tflm", "1", "tflm"), None)


def test_without_tflm_the_default_is_litert_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, {"ai-edge-litert": "2"})
    oracle, note = oracles.default_oracle()
    assert oracle == Oracle("litert", "2", "litert")
    assert note is not None
    assert "tflite-micro" in note
    assert "LiteRT" in note


def test_without_any_oracle_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, {})
    with pytest.raises(ToolError, match=r"pip install 'lilliput\[oracles\]'"):
        oracles.default_oracle()


def test_a_package_that_does_not_load_is_a_tool_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("tflite_micro.python.tflite_micro.runtime", "ai_edge_litert.interpreter"):
        monkeypatch.setitem(sys.modules, module, None)
    graph = _doubled_then_clamped()
    for name in ("tflm", "litert"):
        with pytest.raises(ToolError, match=r"pip install 'lilliput\[oracles\]'"):
            oracles.run(Oracle(name, "1", name), tflite.write(graph), graph, [])


_MODELS = (
    "hello_world_int8", "micro_speech", "person_detect", "kws", "vww_96", "resnet_ic", "anomaly_ad01", "strww",
    "gearbox_fault", "magic_wand", "mobilenet96_1000", "fomo_face", "tinyengine_detection", "mcunet_vww",
)  # fmt: skip


@pytest.mark.parametrize("name", _MODELS)
def test_tflm_runs_the_real_models_and_litert_all_but_person_detect(shared_models: Path, name: str) -> None:
    path = shared_models / f"{name}.tflite"
    graph, model = tflite.read(path), path.read_bytes()
    inputs = oracles.random_inputs(graph, 2, seed=0)
    for oracle in oracles.available():
        if (oracle.name, name) == ("litert", "person_detect"):
            with pytest.raises(ToolError, match="quantized_dimension must be in range"):
                oracles.run(oracle, model, graph, inputs)
        else:
            outputs = oracles.run(oracle, model, graph, inputs)
            sizes = [tensor.size_bytes for tensor in graph.select(graph.outputs)]
            assert [[len(value) for value in values] for values in outputs] == [sizes] * 2


def test_a_hybrid_model_is_refused_by_tflm_with_its_own_words(shared_models: Path) -> None:
    found = {oracle.name: oracle for oracle in oracles.available()}
    if "tflm" not in found:
        pytest.skip("needs the package tflite-micro")
    path = shared_models / "kws_hybrid.tflite"
    with pytest.raises(ToolError, match="Hybrid models are not supported"):
        oracles.run(found["tflm"], path.read_bytes(), tflite.read(path), [])
