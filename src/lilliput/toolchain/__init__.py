"""CSource -> Image -> Run: compile, link, emulate, and run on the host. Only this package starts processes."""

from lilliput.toolchain.build import build_image
from lilliput.toolchain.compiler import Optimize, Toolchain, compile_object
from lilliput.toolchain.emulator import emulate
from lilliput.toolchain.host import HostRun, TraceRecord, run_host
from lilliput.toolchain.image import Compiler, Image, Run

__all__ = [
    "Compiler",
    "HostRun",
    "Image",
    "Optimize",
    "Run",
    "Toolchain",
    "TraceRecord",
    "build_image",
    "compile_object",
    "emulate",
    "run_host",
]
