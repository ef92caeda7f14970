"""`lilliput verify`: a verdict, its figures, and every choice that `compile` has."""

import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lilliput import tflite
from lilliput.cli.compile import compile_command
from lilliput.cli.verify import verify_command
from lilliput.errors import UsageError
from lilliput.ir import Graph, Node
from lilliput.operators.fully_connected import FullyConnected
from lilliput.operators.operator import Call
from lilliput.options import Options
from tests.cli.command import DIGITS, Lilliput, assert_refused
from tests.cli.test_compile import documented_keys, without

HOST = ("--target", "host")


CHOICES: dict[str, object] = {
    "target": "rv32imc",
    "toolchain": "gcc",
    "optimize": "speed",
    "name": "other",
    "arena": "caller",
    "schedule": "layers",
    "input": "rows",
    "ram_bytes": 16384,
    "plan_seconds": 1.5,
    "without_transforms": ("drop_channels",),
    "max_slowdown": 1.5,
    "flash_bytes": 32768,
    "max_instructions": 1000,
}
FLAGS = {
    "ram_bytes": "ram",
    "plan_seconds": "plan-seconds",
    "without_transforms": "without-transform",
    "max_slowdown": "max-slowdown",
    "flash_bytes": "flash",
    "max_instructions": "max-instructions",
}
PARAMETERS = {
    "ram_bytes": "ram",
    "input": "input_",
    "without_transforms": "without_transform",
    "flash_bytes": "flash",
}
"""What is not called like its field of `Options`."""
DECIDED_BY_POINT = ("fast_operators",)
"""Fields of `Options` that `--point` sets."""


def build_parameters(command: Callable[..., None]) -> dict[str, tuple[object, object]]:
    """Annotation and default of the parameters that decide a build."""
    parameters = inspect.signature(command).parameters
    own = [field.name for field in fields(Options) if field.name not in DECIDED_BY_POINT]
    chosen = {name: parameters[PARAMETERS.get(name, name)] for name in own}
    return {name: (parameter.annotation, parameter.default) for name, parameter in chosen.items()}


def test_verify_declares_every_build_option_as_compile_does() -> None:
    declared = build_parameters(compile_command)
    assert build_parameters(verify_command) == declared
    defaults = {name: default for name, default in asdict(Options()).items() if name not in DECIDED_BY_POINT}
    assert {name: default for name, (_, default) in declared.items()} == defaults | {"without_transforms": None}
    own = {PARAMETERS.get(name, name) for name in declared}
    others = set(inspect.signature(compile_command).parameters) - own - {"output", "pareto"}
    assert others <= set(inspect.signature(verify_command).parameters)


def test_both_commands_pass_on_every_build_option(lilliput: Lilliput, monkeypatch: pytest.MonkeyPatch) -> None:
    """CHOICES must name all options, each with a value that is not the default."""
    passed: list[Options] = []

    def note(*arguments: object, **_: object) -> None:
        passed.extend(each for each in arguments if isinstance(each, Options))
        raise UsageError("enough")

    monkeypatch.setattr("lilliput.api.compile_model", note)
    monkeypatch.setattr("lilliput.api.verify_model", note)
    given = [
        word
        for name, value in CHOICES.items()
        for each in (value if isinstance(value, tuple) else (value,))
        for word in (f"--{FLAGS.get(name, name)}", str(each))
    ]
    assert lilliput("compile", DIGITS, "-o", "unused", *given).status == 2
    assert lilliput("verify", DIGITS, *given).status == 2
    assert [asdict(each) for each in passed] == [CHOICES | dict.fromkeys(DECIDED_BY_POINT)] * 2
    assert not set(asdict(Options()).items()) & set(CHOICES.items())


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo model without its softmax: there is no second build of a part of it."""
    graph = tflite.read(DIGITS)
    path = tmp_path_factory.mktemp("models") / "network.tflite"
    path.write_bytes(tflite.write(tflite.cut(graph, [graph.nodes[-1].inputs[0]])))
    return path


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fully connected layers get the shift of a scale that is half as large."""
    calls = FullyConnected.calls

    def wrong(self: FullyConnected, graph: Graph, node: Node) -> tuple[Call, ...]:
        (call,) = calls(self, graph, node)
        shift = call.parameters["shift"]
        assert isinstance(shift, int)
        return (replace(call, parameters={**call.parameters, "shift": shift - 1}),)

    monkeypatch.setattr(FullyConnected, "calls", wrong)


def test_json_has_the_documented_keys_and_the_nodes_add_up(lilliput: Lilliput) -> None:
    done = lilliput("verify", DIGITS, "--inputs", "2", "--json")
    assert (done.status, done.err) == (0, "")
    report: dict[str, Any] = json.loads(done.out)
    assert set(report) == documented_keys("compile") | documented_keys("verify")
    assert (report["mismatched_bytes"], report["first_mismatch"], report["inputs"]) == (0, None, 2)
    assert set(report["oracle"]) == {"name", "version", "contract"}
    assert [(each["where"], each["compared_bytes"]) for each in report["comparisons"]] == [
        ("host", 20),
        ("cortex-m4", 20),
        ("host", 20),
        ("cortex-m4", 20),
    ]
    nodes = report["nodes"]
    assert all(list(each) == ["index", "operator", "name", "weight_bytes", "macs", "instructions"] for each in nodes)
    assert 0.9 * report["instructions"] < sum(each["instructions"] for each in nodes) <= report["instructions"]
    assert sum(each["weight_bytes"] for each in nodes) == report["flash"]["weights"]
    assert all(each["instructions"] >= each["macs"] for each in nodes)
    assert 0 < report["measured_stack_bytes"] <= report["ram"]["stack"]
    inspected = json.loads(lilliput("inspect", DIGITS, "--json").out)["nodes"]
    shared = ("index", "operator", "name", "macs")
    assert [[each[key] for key in shared] for each in nodes] == [[each[key] for key in shared] for each in inspected]


def test_the_text_gives_the_verdict_without_escape_codes(network: Path, lilliput: Lilliput) -> None:
    done = lilliput("verify", network, *HOST, "--inputs", "5")
    assert (done.status, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert done.out.splitlines()[-1] == "exact: no byte differs over 5 inputs"


@pytest.mark.usefixtures("broken")
def test_wrong_code_ends_with_exit_code_7_and_the_place(network: Path, lilliput: Lilliput) -> None:
    done = lilliput("verify", network, *HOST)
    assert (done.status, done.err) == (7, "")
    verdict = done.out.splitlines()[-1]
    assert verdict.startswith("NOT exact: ")
    assert "first on host, operator 5 FULLY_CONNECTED, input 0, byte " in verdict


@pytest.mark.usefixtures("broken")
def test_wrong_code_is_described_in_json(network: Path, lilliput: Lilliput) -> None:
    done = lilliput("verify", network, *HOST, "--inputs", "1", "--json")
    assert done.status == 7
    report = json.loads(done.out)
    mismatch = report["first_mismatch"]
    assert 0 < report["mismatched_bytes"] <= 10
    place = {"node": 5, "operator": "FULLY_CONNECTED", "name": "dense", "input": 0, "where": "host"}
    assert place.items() <= mismatch.items()
    assert set(mismatch) == {*place, "index", "expected_byte", "actual_byte"}
    assert mismatch["expected_byte"] != mismatch["actual_byte"]
    assert (report["instructions"], report["measured_stack_bytes"]) == (None, None)


def test_recorded_samples_take_the_place_of_random_ones(network: Path, lilliput: Lilliput, tmp_path: Path) -> None:
    np.savez(tmp_path / "four.npz", x=np.zeros((4, 8, 8, 1), np.int8))
    report = json.loads(lilliput("verify", network, *HOST, "--data", tmp_path / "four.npz", "--json").out)
    assert (report["inputs"], report["comparisons"][0]["compared_bytes"]) == (4, 40)


@pytest.mark.parametrize(
    ("shape", "dtype", "words"),
    [((4, 7, 7), np.int8, "the array is int8 of shape (4, 7, 7)"), ((4, 8, 8), np.float32, "Quantise it first")],
)
def test_samples_that_do_not_fit_are_refused(
    shape: tuple[int, ...], dtype: type[np.generic], words: str, lilliput: Lilliput, tmp_path: Path
) -> None:
    np.savez(tmp_path / "wrong.npz", x=np.zeros(shape, dtype))
    done = lilliput("verify", DIGITS, "--data", tmp_path / "wrong.npz")
    assert_refused(done, 2)
    assert words in done.err


def test_missing_samples_are_refused(lilliput: Lilliput, tmp_path: Path) -> None:
    done = lilliput("verify", DIGITS, "--data", tmp_path / "missing.npz")
    assert_refused(done, 2)
    assert str(tmp_path / "missing.npz") in done.err


@pytest.mark.parametrize("arguments", [("--inputs", "0"), ("--seed", "-1"), ("--target", "cortex-m5"), ("--name", "1")])
def test_wrong_arguments_are_refused(arguments: tuple[str, str], network: Path, lilliput: Lilliput) -> None:
    done = lilliput("verify", network, *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err
    assert "Traceback" not in done.err


def test_a_dump_that_cannot_be_written_is_refused(network: Path, lilliput: Lilliput, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = lilliput("verify", network, *HOST, "--dump", tmp_path / "file" / "dump.npz")
    assert_refused(done, 2)
    assert str(tmp_path / "file") in done.err


def test_a_failing_verification_leaves_no_dump(
    network: Path, lilliput: Lilliput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = lilliput("verify", network, "--toolchain", "gcc", "--dump", tmp_path / "dump.npz")
    assert_refused(done, 6)
    assert not list(tmp_path.iterdir())


def test_without_tflm_json_and_text_name_the_other_oracle(
    network: Path, lilliput: Lilliput, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"ai-edge-litert": "2.0"}
    monkeypatch.setattr("lilliput.oracles.oracle.package_version", versions.get)
    report = json.loads(lilliput("verify", network, *HOST, "--inputs", "1", "--json").out)
    assert report["oracle"] == {"name": "litert", "version": "2.0", "contract": "litert"}
    text = lilliput("verify", network, *HOST, "--inputs", "1").out
    assert f"\nnote: {report['notes'][0]}\n" in text
    assert "the oracle is LiteRT" in text


def test_without_any_oracle_the_extra_is_named(
    network: Path, lilliput: Lilliput, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_versions: dict[str, str] = {}
    monkeypatch.setattr("lilliput.oracles.oracle.package_version", no_versions.get)
    done = lilliput("verify", network, *HOST)
    assert_refused(done, 6)
    assert "pip install 'lilliput[oracles]'" in done.err


@pytest.mark.parametrize(
    ("module", "extra"), [("unicorn", "emulator"), ("tflite_micro", "oracles"), ("elftools", "compiler")]
)
def test_a_missing_extra_is_named(module: str, extra: str, network: Path) -> None:
    done = without(module, "verify", network, "--inputs", "1")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.endswith(f"pip install 'lilliput[{extra}]'\n")
    assert "Traceback" not in done.stderr


def test_the_host_needs_no_emulator(network: Path) -> None:
    done = without("unicorn", "verify", network, *HOST, "--inputs", "1")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_second_oracle_that_does_not_load_becomes_a_note(network: Path) -> None:
    done = without("ai_edge_litert", "verify", network, *HOST, "--inputs", "1", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["oracle_disagreements"] == []
    assert any("ai-edge-litert" in note for note in report["notes"])
