"""Inputs and outputs of every kind: the C functions that return them, and exactly the bytes of the oracle in them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from lilliput import oracles, tflite
from lilliput.errors import UnsupportedError, UsageError
from lilliput.ir import DType, Graph
from lilliput.options import Options
from lilliput.pipeline import generate, prepare
from lilliput.toolchain import run_host
from tests.cases.builder import GraphBuilder
from tests.codegen.programs import accept, generated, write

SCALE = 0.5
ARENAS: tuple[Literal["static", "caller"], ...] = ("static", "caller")


def relu(builder: GraphBuilder, source: int) -> int:
    return builder.node("relu", [source], builder.computed(builder.tensor(source).shape, scale=SCALE))


def flat(builder: GraphBuilder, source: int) -> int:
    size = builder.tensor(source).elements
    return builder.node("reshape", [source, builder.constant([size])], builder.computed((size,), scale=SCALE))


def several() -> Graph:
    """Three inputs and three outputs of two types, of which none can take the place of another."""
    builder = GraphBuilder()
    first, real, second = builder.input((2, 3), scale=SCALE), builder.input((5,), DType.FLOAT32), builder.input((2, 3))
    quantized = builder.node("quantize", [real], builder.computed((5,), scale=SCALE, zero_point=3))
    back = builder.node("dequantize", [relu(builder, first)], builder.computed((2, 3), DType.FLOAT32))
    return builder.graph(quantized, back, second)


def view_of_an_input() -> Graph:
    builder = GraphBuilder()
    return builder.graph(flat(builder, builder.input((2, 3), scale=SCALE)))


def input_as_output() -> Graph:
    builder = GraphBuilder()
    source = builder.input((2, 3), scale=SCALE)
    return builder.graph(relu(builder, source), source)


def nothing_to_compute() -> Graph:
    builder = GraphBuilder()
    return builder.graph(builder.input((3,), DType.INT64))


def the_same_twice() -> Graph:
    builder = GraphBuilder()
    result = relu(builder, builder.input((2, 3), scale=SCALE))
    return builder.graph(result, flat(builder, result), result)


def constants(*values: NDArray[np.generic]) -> Graph:
    builder = GraphBuilder()
    result = relu(builder, builder.input((2, 3), scale=SCALE))
    return builder.graph(
        *(builder.constant(value, SCALE if value.dtype == np.int8 else None) for value in values), result
    )


def constants_of_all_types() -> Graph:
    integers = [np.array([np.iinfo(kind).min, -1, np.iinfo(kind).max], kind) for kind in ("i1", "i2", "i4", "i8")]
    return constants(*integers, np.array([1e-45, -0.0, 3.4e38, 0.1], np.float32))


GRAPHS: tuple[Callable[[], Graph], ...] = (
    several,
    view_of_an_input,
    input_as_output,
    nothing_to_compute,
    the_same_twice,
    constants_of_all_types,
)


@pytest.mark.parametrize("arena", ARENAS)
@pytest.mark.parametrize("make", GRAPHS)
def test_all_inputs_and_outputs_are_exact(
    make: Callable[[], Graph], arena: Literal["static", "caller"], tmp_path: Path
) -> None:
    graph, options = make(), Options(target="host", name="net", arena=arena)
    model = tflite.write(graph)
    inputs = oracles.random_inputs(graph, 3, seed=1)
    oracle, _ = oracles.default_oracle()
    prepared = prepare(graph)
    _, source = generate(prepared, options)
    sizes = [tensor.size_bytes for tensor in prepared.select(prepared.outputs)]
    actual = run_host(source, inputs, sizes, toolchain="zig", optimize="size").outputs
    assert actual == oracles.run(oracle, model, graph, inputs)
    write(source, tmp_path)
    accept("clang", tmp_path, "-fsyntax-only", "net.c", "example_main.c")


def test_several_inputs_and_outputs_get_numbered_functions() -> None:
    source = generated(several())
    assert source.input_functions == ("net_input_0", "net_input_1", "net_input_2")
    assert source.output_functions == ("net_output_0", "net_output_1", "net_output_2")
    for declaration in (
        "float *net_input_1(void);",
        "int8_t *net_input_2(void);",
        "const int8_t *net_output_0(void);",
        "const float *net_output_1(void);",
        "#define NET_INPUT_1_BYTES 20",
        "#define NET_INPUT_1_ELEMENTS 5",
        "#define NET_OUTPUT_0_SCALE 0.5f",
        "#define NET_OUTPUT_0_ZERO_POINT (3)",
    ):
        assert f"\n{declaration}\n" in source.header


@pytest.mark.parametrize(
    ("dtype", "member"), [(DType.INT16, "int16_t"), (DType.FLOAT32, "int32_t"), (DType.INT64, "int64_t")]
)
def test_arenas_are_aligned_for_the_largest_element(dtype: DType, member: str) -> None:
    builder = GraphBuilder()
    graph = builder.graph(builder.input((3,), dtype))
    source = generated(graph)
    assert f"#define NET_ARENA_ALIGNMENT {dtype.bits // 8}\n" in source.header
    assert f"    {member} alignment;\n}} arena;" in source.source
    example = generated(graph, Options(name="net", arena="caller")).example_main
    assert f"    {member} alignment;\n}} arena;" in example


def test_everything_that_c_cannot_hold_is_refused_at_once() -> None:
    builder = GraphBuilder()
    half, empty = builder.input((2,), DType.FLOAT16), builder.input((0, 2), scale=SCALE)
    infinite = builder.constant(np.array([1, np.inf], np.float32))
    with pytest.raises(UnsupportedError) as error:
        generated(builder.graph(half, infinite, relu(builder, empty)))
    assert error.value.problems == (
        'input "t0" is FLOAT16, for which C has no type',
        'input "t1" has no elements',
        'output "t0" is FLOAT16, for which C has no type',
        'output "t3" has no elements',
        'constant "t2" has values that are not finite',
    )


@pytest.mark.parametrize("name", ["", "2nd", "a-b", "a b", "é", "a;b", "a.b", "example_main", "Example_Main"])
def test_what_cannot_name_c_files_and_functions_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as error:
        generated(view_of_an_input(), Options(name=name))
    assert error.value.advice


@pytest.mark.parametrize(
    ("file", "name"), [("kws-int8.tflite", "kws_int8"), ("2nd try.tflite", "model_2nd_try"), ("日本.tflite", "model")]
)
def test_the_file_names_the_c(file: str, name: str) -> None:
    graph = view_of_an_input()
    named = replace(graph, source=replace(graph.source, name=file))
    assert generated(named, Options()).name == name
