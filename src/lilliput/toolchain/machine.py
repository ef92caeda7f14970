"""An emulated microcontroller: memory with an image in it, and functions of the image to call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from lilliput.errors import InvariantError, ToolError, UsageError
from lilliput.targets import LINE_BUFFER, Architecture
from lilliput.toolchain.image import Image

if TYPE_CHECKING:
    from unicorn.unicorn_py3.unicorn import Uc

_PAGE_BYTES = 4096
# Calls return to a page that no image uses; Cortex-M allows code in the lowest 512 MiB.
_RETURN_ADDRESS = 0x10000000
# The stack for what is not to be measured lies above the one that is.
_SPARE_STACK_DISTANCE = 1 << 20
_REPORT = "This is a fault of Lilliput, not of the model: please report it."
# RAM holds no zeros when the power comes on: code that counts on them must fail.
_GARBAGE = b"\xa5"


@dataclass(frozen=True, slots=True)
class Registers:
    """Unicorn's numbers of the registers with a role, and the bit that says "Thumb" in an address of code.

    After an instruction that trapped, Unicorn's program counter is `trap_bytes` past it.
    """

    program_counter: int
    stack_pointer: int
    link: int
    arguments: tuple[int, int]
    trap_bytes: int
    thumb: int


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor with an image in its flash, and the addresses of the image's symbols without Thumb bit."""

    engine: "Uc"
    registers: Registers
    symbols: Mapping[str, int]
    initial_stack_pointer: int

    def symbol(self, name: str) -> int:
        """The address of a symbol that the image must have."""
        if name not in self.symbols:
            raise InvariantError(f"the image has no symbol {name}")
        return self.symbols[name]


def boot(image: Image) -> Machine:
    """A processor at the first instruction after reset. Raises ToolError when Unicorn is missing."""
    if image.target.architecture is Architecture.HOST:
        raise UsageError("the host is not emulated", advice="Run the code on the host directly.")
    engine, registers = _processor(image)
    target, symbols = image.target, _symbols(image)
    ram_end = symbols["stack_top"]
    _map(engine, target.flash_origin, len(image.binary), "rx")
    _map(engine, target.ram_origin, ram_end - target.ram_origin, "rw")
    _map(engine, _RETURN_ADDRESS, _PAGE_BYTES, "rx")
    if image.source.row_input is not None:
        _map(engine, LINE_BUFFER, image.source.row_input.row_bytes, "r")
    _map(engine, ram_end + _SPARE_STACK_DISTANCE - _PAGE_BYTES, _PAGE_BYTES, "rw")
    engine.mem_write(target.flash_origin, image.binary)
    engine.mem_write(target.ram_origin, _GARBAGE * (ram_end - target.ram_origin))
    start = target.flash_origin
    engine.reg_write(registers.stack_pointer, ram_end)
    if target.architecture is Architecture.ARM:
        stack_pointer, start = (int.from_bytes(image.binary[at : at + 4], "little") for at in (0, 4))
        engine.reg_write(registers.stack_pointer, stack_pointer)
    engine.reg_write(registers.program_counter, start)
    return Machine(engine, registers, symbols, ram_end)


def proceed(machine: Machine, until: int) -> None:
    """Execute from where the processor stands until it is about to execute address `until`.

    Raises ToolError when the program faults or is stopped before.
    """
    from unicorn import UC_ERR_EXCEPTION
    from unicorn.unicorn_py3.unicorn import UcError

    engine, registers = machine.engine, machine.registers
    begin = int(engine.reg_read(registers.program_counter))
    try:
        engine.emu_start(begin | registers.thumb, until)
    except UcError as error:
        back = registers.trap_bytes if error.errno == UC_ERR_EXCEPTION else 0
        raise ToolError(f"the emulated program failed: {error}", _place(machine, -back), _REPORT) from error
    if int(engine.reg_read(registers.program_counter)) != until:
        raise ToolError("the emulated program does not come to an end", _place(machine), _REPORT)


def call(machine: Machine, function: int, arguments: Sequence[int] = ()) -> None:
    """Execute a function with up to two pointer arguments until it returns."""
    engine, registers = machine.engine, machine.registers
    for register, argument in zip(registers.arguments, arguments, strict=False):
        engine.reg_write(register, argument)
    engine.reg_write(registers.link, _RETURN_ADDRESS | registers.thumb)
    engine.reg_write(registers.program_counter, function | registers.thumb)
    proceed(machine, _RETURN_ADDRESS)


def look_up(machine: Machine, function: int, arguments: Sequence[int]) -> int:
    """The address that a function returns. The processor is afterwards as it was before, and so is the stack."""
    engine, registers = machine.engine, machine.registers
    before = engine.context_save()
    engine.reg_write(registers.stack_pointer, machine.initial_stack_pointer + _SPARE_STACK_DISTANCE)
    call(machine, function, arguments)
    address = int(engine.reg_read(registers.arguments[0]))
    engine.context_restore(before)
    return address


def lowest_touched(machine: Machine) -> int:
    """The lowest address above static data where memory is no longer as it was when the power came on."""
    start, end = machine.symbols["bss_end"], machine.initial_stack_pointer
    kept = bytes(machine.engine.mem_read(start, end - start))
    return start + len(kept) - len(kept.lstrip(_GARBAGE))


def _processor(image: Image) -> "tuple[Uc, Registers]":
    try:
        import unicorn
        from unicorn import arm_const, riscv_const
        from unicorn.unicorn_py3.unicorn import Uc
    except ImportError as error:
        advice = "Install it with: pip install 'lilliput[emulator]'"
        raise ToolError("the emulator Unicorn is not installed", advice=advice) from error
    if image.target.architecture is Architecture.ARM:
        # UC_MODE_MCLASS is left out: with it, Unicorn 2.1 takes a Cortex-M33 whatever model is chosen.
        engine = Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
        registers = Registers(
            program_counter=arm_const.UC_ARM_REG_PC,
            stack_pointer=arm_const.UC_ARM_REG_SP,
            link=arm_const.UC_ARM_REG_LR,
            arguments=(arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R1),
            trap_bytes=0,
            thumb=1,
        )
    else:
        engine = Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
        registers = Registers(
            program_counter=riscv_const.UC_RISCV_REG_PC,
            stack_pointer=riscv_const.UC_RISCV_REG_SP,
            link=riscv_const.UC_RISCV_REG_RA,
            arguments=(riscv_const.UC_RISCV_REG_A0, riscv_const.UC_RISCV_REG_A1),
            trap_bytes=4,
            thumb=0,
        )
    engine.ctl_set_cpu_model(image.target.emulator_model)
    return engine, registers


def _map(engine: "Uc", address: int, size_bytes: int, permissions: str) -> None:
    from unicorn import UC_PROT_EXEC, UC_PROT_READ, UC_PROT_WRITE

    bits = {"r": UC_PROT_READ, "w": UC_PROT_WRITE, "x": UC_PROT_EXEC}
    pages = -(-size_bytes // _PAGE_BYTES)
    engine.mem_map(address, pages * _PAGE_BYTES, sum(bits[letter] for letter in permissions))


def _symbols(image: Image) -> dict[str, int]:
    with image.elf.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        if not isinstance(table, SymbolTableSection):
            raise InvariantError("the image has no symbols")
        thumb = 1 if image.target.architecture is Architecture.ARM else 0
        return {
            symbol.name: symbol["st_value"] & ~(thumb if symbol["st_info"]["type"] == "STT_FUNC" else 0)
            for symbol in table.iter_symbols()
            if symbol.name and symbol["st_info"]["type"] not in {"STT_FILE", "STT_SECTION"}
        }


def _place(machine: Machine, offset: int = 0) -> str:
    """The place `offset` bytes from where the processor stands, such as "dot_product+0x12 (0x000000a2)"."""
    address = int(machine.engine.reg_read(machine.registers.program_counter)) + offset
    near = [(value, name) for name, value in machine.symbols.items() if value <= address and not name.startswith("$")]
    value, name = max(near, default=(0, "?"))
    return f"{name}+{address - value:#x} ({address:#010x})"
