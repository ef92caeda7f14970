"""Counting what the emulator executes, by a callback in C: one in Python would be a hundred times slower."""

import ctypes
import functools
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lilliput.toolchain.compiler import native_compiler
from lilliput.toolchain.process import run

if TYPE_CHECKING:
    from unicorn.unicorn_py3.unicorn import Uc

NO_OWNER = 1
"""The marker of code that belongs to nobody; 0 keeps the owner that is there, 2 and more are free."""


class _Structure(ctypes.Structure):
    """`struct counter` of hook.c."""

    _fields_ = (
        ("counts", ctypes.c_void_p),
        ("markers", ctypes.c_void_p),
        ("widths", ctypes.c_void_p),
        ("read_register", ctypes.c_void_p),
        ("stop", ctypes.c_void_p),
        ("halfwords", ctypes.c_uint64),
        ("first_address", ctypes.c_uint64),
        ("instructions", ctypes.c_uint64),
        ("limit", ctypes.c_uint64),
        ("step_owners", ctypes.c_void_p),
        ("steps_address", ctypes.c_uint64),
        ("given", ctypes.c_uint64),
        ("nobody", ctypes.c_uint32),
        ("owner", ctypes.c_uint32),
        ("lowest_stack_pointer", ctypes.c_uint32),
        ("stack_register", ctypes.c_int32),
        ("executions", ctypes.c_void_p),
        ("jumps", ctypes.c_void_p),
        ("expected_place", ctypes.c_uint64),
        ("last_place", ctypes.c_uint64),
        ("nobody_first", ctypes.c_uint64),
        ("nobody_end", ctypes.c_uint64),
    )


@dataclass(slots=True)
class Counter:
    """Counts of executed instructions, and the lowest stack pointer at the beginning of a basic block.

    For the code at `first_address + 2 * i`, `markers[i]` is the owner that takes over there (0 keeps the last one) and
    `widths[i]` the halfwords of the instruction. `counts[owner]` are the owner's instructions. The emulator is stopped
    when all of them reach `limit`. With `by_address`, `executions[owner, i]` says how often an owner executed the
    instruction there (rows 0 and `NO_OWNER` are nobody's) and `jumps[i]` how often execution did not go on behind it.
    """

    markers: NDArray[np.uint16]
    widths: NDArray[np.uint8]
    first_address: int
    stack_register: int
    limit: int
    step_owners: NDArray[np.uint16]
    steps_address: int
    by_address: bool = False
    counts: NDArray[np.uint64] = field(init=False)
    executions: NDArray[np.uint32] = field(init=False)
    jumps: NDArray[np.uint32] = field(init=False)
    structure: _Structure = field(init=False)

    def __post_init__(self) -> None:
        from unicorn.unicorn_py3.unicorn import uclib

        largest = max(int(table.max(initial=NO_OWNER)) for table in (self.markers, self.step_owners))
        self.counts = np.zeros(largest + 1, np.uint64)
        halfwords = len(self.markers) if self.by_address else 0
        self.executions = np.zeros((largest + 1, halfwords), np.uint32)
        self.jumps = np.zeros(halfwords, np.uint32)
        self.structure = _Structure(
            counts=self.counts.ctypes.data,
            markers=self.markers.ctypes.data,
            widths=self.widths.ctypes.data,
            read_register=ctypes.cast(uclib.uc_reg_read, ctypes.c_void_p).value,
            stop=ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p).value,
            halfwords=len(self.markers),
            first_address=self.first_address,
            limit=self.limit,
            step_owners=self.step_owners.ctypes.data,
            steps_address=self.steps_address,
            nobody=NO_OWNER,
            owner=NO_OWNER,
            lowest_stack_pointer=0xFFFFFFFF,
            stack_register=self.stack_register,
            executions=self.executions.ctypes.data if self.by_address else None,
            jumps=self.jumps.ctypes.data if self.by_address else None,
        )
        self.restart()

    @property
    def lowest_stack_pointer(self) -> int:
        """The lowest of all basic blocks since the counter was made."""
        return self.structure.lowest_stack_pointer

    def restart(self) -> None:
        """Set the counts, but not the lowest stack pointer, back to their beginning."""
        self.counts[:] = 0
        self.structure.instructions = 0
        self.structure.given = 0
        self.structure.owner = NO_OWNER
        self.executions[:] = 0
        self.jumps[:] = 0
        halfwords = len(self.markers)
        self.structure.expected_place = self.structure.last_place = self.structure.nobody_first = halfwords
        self.structure.nobody_end = 0


def attach(engine: "Uc", counter: Counter) -> None:
    """Have `engine` count from now on; `counter` must live as long.

    Unicorn's own Python interface takes only callbacks in Python.
    """
    from unicorn import UC_HOOK_BLOCK, UC_HOOK_MEM_WRITE

    _add_hook(engine, counter, UC_HOOK_BLOCK, "count", 1, 0)
    if len(counter.step_owners):
        end = counter.steps_address + 2 * len(counter.step_owners) - 1
        _add_hook(engine, counter, UC_HOOK_MEM_WRITE, "step_done", counter.steps_address, end)


def _add_hook(engine: "Uc", counter: Counter, kind: int, function: str, begin: int, end: int) -> None:
    """Call a function of hook.c for addresses from `begin` to `end`; everywhere when `begin` is the larger one."""
    from unicorn.unicorn_py3.unicorn import UcError, uclib

    status = uclib.uc_hook_add(
        engine._uch,  # pyright: ignore[reportPrivateUsage]
        ctypes.byref(ctypes.c_size_t()),
        kind,
        ctypes.cast(getattr(_hook_library(), function), ctypes.c_void_p),
        ctypes.cast(ctypes.pointer(counter.structure), ctypes.c_void_p),
        ctypes.c_uint64(begin),
        ctypes.c_uint64(end),
    )
    if status != 0:
        raise UcError(status)


@functools.cache
def _hook_library() -> ctypes.CDLL:
    """hook.c, compiled for this machine once per process."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        library = Path(folder) / "hook.so"
        source = Path(__file__).with_name("hook.c")
        flags = ("-std=c99", "-O2", "-shared", "-fPIC", "-o", str(library))
        run([*native_compiler(), *flags, source.name], source.parent)
        return ctypes.CDLL(str(library))
