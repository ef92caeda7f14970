"""The proven stack of images: refused where there is no proof, and never less than an emulated run takes."""

import re
import shutil
from pathlib import Path

import pytest

from lilliput import pipeline, targets, tflite
from lilliput.errors import InvariantError
from lilliput.firmware.elf import read_elf
from lilliput.footprint import measure_stack
from lilliput.footprint.stack import worst_case_stack
from lilliput.options import Options
from lilliput.oracles.inputs import random_inputs
from lilliput.toolchain import Toolchain, emulate
from tests.firmware.ram.programs import link_assembly
from tests.footprint.programs import BUILDS, MODEL, image_of


@pytest.mark.parametrize(
    ("machine", "functions", "message"),
    [
        ("cortex-m4", ("start: push {lr}; bl start; pop {pc}",), "calls itself"),
        ("cortex-m4", ("start: push {lr}; bl other; pop {pc}", "other: push {lr}; bl start; pop {pc}"), "calls itself"),
        ("cortex-m4", ("start: push {lr}; ldr r3, [r0]; blx r3; pop {pc}",), "calls through a pointer"),
        ("cortex-m4", ("start: ldr r3, [r0]; bx r3",), "jumps through a pointer"),
        ("cortex-m4", ("start: sub sp, sp, r0; bl leaf", "leaf: bx lr"), "depends on data"),
        ("cortex-m4", ("start: push {r0}; b start",), "depends on data"),
        ("rv32imc", ("start: addi sp, sp, -16; jalr a0; ret",), "calls through a pointer"),
        ("rv32imc", ("start: lw a5, 0(a0); jr a5",), "jumps through a pointer"),
        ("rv32imc", ("start: sub sp, sp, a0; ret",), "depends on data"),
    ],
)
def test_code_without_a_bound_is_refused(
    machine: str, functions: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvariantError, match=message):
        worst_case_stack(read_elf(link_assembly(tmp_path, machine, *functions)), "start")


@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_an_emulated_run_never_goes_deeper_than_the_bound(target: str, toolchain: str) -> None:
    image = image_of(target, toolchain)
    seen = emulate(image, [()], ()).stack_bytes
    assert 300 < seen <= measure_stack(image).stack_bytes <= seen + 64


@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_the_bound_is_exact_where_every_path_is_taken(target: str, toolchain: str) -> None:
    text = re.sub(r"(?s)__attribute__.*?(?=void model_run)", "", MODEL)
    text = re.sub(r".*(choose|divide)\(.*\n", "\n", text)
    image = image_of(target, toolchain, text)
    result = measure_stack(image)
    assert result.stack_bytes == emulate(image, [()], ()).stack_bytes
    assert result.chain[-2:] == ("main", "model_run")
    assert result.frames["model_run"] >= 300


@pytest.mark.slow
@pytest.mark.parametrize(("target", "toolchain"), BUILDS)
def test_the_bound_of_a_real_model_is_what_its_inference_uses(
    target: str, toolchain: Toolchain, tmp_path: Path, shared_models: Path
) -> None:
    if toolchain == "gcc" and shutil.which(f"{targets.find(target).gcc}gcc") is None:
        pytest.skip(f"needs {targets.find(target).gcc}gcc on the PATH")
    graph = tflite.read(shared_models / "micro_speech.tflite")
    built = pipeline.build(graph, Options(target=target, toolchain=toolchain), tmp_path)
    (inputs,) = random_inputs(graph, 1, 0)
    seen = emulate(built.image, [inputs], [1]).stack_bytes
    assert seen == built.footprint.stack_bytes > 0
