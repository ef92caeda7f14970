"""Running generated code on the host: outputs, traces and sanitizers."""

from collections.abc import Sequence

import pytest

from lilliput.codegen.csource import CSource
from lilliput.errors import ToolError, VerificationError
from lilliput.toolchain import HostRun, Optimize, Toolchain, TraceRecord, run_host
from tests.toolchain.programs import OPTIMIZATIONS, SUMS, SUMS_INPUTS, SUMS_OUTPUTS, TOOLCHAINS, absent, body, source
from tests.toolchain.test_emulator import CALLER_ARENA

TRACED = """extern void net_trace(int32_t node, int32_t output, const void *data, int32_t bytes);
void net_run(void)
{
    arena[0] = (int8_t)(arena[0] + 1);
    net_trace(3, 0, arena, 1);
    arena[1] = (int8_t)(arena[0] * 2);
    net_trace(4, 1, arena, 2);
}
"""


def sanitized(code: CSource, inputs: Sequence[Sequence[bytes]] = ((b"\1",),)) -> HostRun:
    return run_host(code, inputs, [1], toolchain="zig", optimize="size", sanitize=True)


@pytest.mark.parametrize("optimize", OPTIMIZATIONS)
@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_the_host_computes_and_keeps_its_state(toolchain: Toolchain, optimize: Optimize, host_gcc: str):
    assert host_gcc
    assert run_host(source(SUMS), SUMS_INPUTS, [3], toolchain=toolchain, optimize=optimize) == HostRun(SUMS_OUTPUTS, ())


def test_the_caller_owns_an_aligned_arena():
    code = source(CALLER_ARENA, caller_arena=True)
    outputs = run_host(code, [[b"\7"], [b"\5"]], [2], toolchain="zig", optimize="size").outputs
    assert outputs == ((b"\x15\0",), (b"\x0f\0",))


def test_no_inputs_give_no_outputs():
    assert run_host(source(SUMS), [], [3], toolchain="zig", optimize="size") == HostRun((), ())


def test_a_traced_source_tells_what_every_node_computed():
    result = run_host(body(TRACED), [[b"\1"], [b"\4"]], [1], toolchain="zig", optimize="size", trace=True)
    assert result.outputs == ((b"\2",), (b"\5",))
    assert result.traces == (
        (TraceRecord(3, 0, b"\2"), TraceRecord(4, 1, b"\2\4")),
        (TraceRecord(3, 0, b"\5"), TraceRecord(4, 1, b"\5\n")),
    )


def test_sound_code_passes_the_sanitizers(host_gcc: str):
    assert host_gcc
    assert (
        run_host(source(SUMS), SUMS_INPUTS, [3], toolchain="zig", optimize="size", sanitize=True).outputs
        == SUMS_OUTPUTS
    )


def test_a_sanitizer_sees_an_access_outside_of_the_arena(host_gcc: str):
    assert host_gcc
    code = body("void net_run(void) { int8_t *past = arena + 31 + arena[0]; arena[0] = *past; }")
    with pytest.raises(VerificationError, match=r"insufficient space|global-buffer-overflow"):
        sanitized(code)


def test_a_sanitizer_sees_an_overflow(host_gcc: str):
    assert host_gcc
    with pytest.raises(VerificationError, match="signed integer overflow"):
        sanitized(body("void net_run(void) { arena[0] = (int8_t)((INT32_MAX + arena[0]) / 2); }"))


def test_a_crash_is_no_traceback():
    code = body("void net_run(void) { *(volatile int8_t *)1 = 1; }")
    with pytest.raises(VerificationError, match="status"):
        run_host(code, [[b"\1"]], [1], toolchain="zig", optimize="size")


def test_sanitizers_need_a_compiler_of_this_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.which", absent)
    with pytest.raises(ToolError) as error:
        sanitized(source(SUMS))
    assert "gcc or clang" in error.value.advice
