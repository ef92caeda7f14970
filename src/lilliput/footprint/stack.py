"""Elf -> Bound: the deepest stack that any path from the reset handler can reach, proven from the machine code.

Interrupts are not counted: an application adds its own exception frames.
"""

from lilliput.errors import InvariantError
from lilliput.firmware.code.program import is_decoded, open_program
from lilliput.firmware.elf import Elf
from lilliput.firmware.ram.bounds import Bound, bounds
from lilliput.firmware.ram.walk import reachable


def worst_case_stack(elf: Elf, entry: str) -> Bound:
    """Bound the stack of everything that runs from the function `entry` on; zero bytes on machines not analysed.

    Raises InvariantError where no bound follows from the code: recursion, calls through pointers, a stack pointer that
    depends on data. Generated code has none of these.
    """
    if not is_decoded(elf):
        return Bound(0, (), {}, ())
    program = open_program(elf)
    function = program.function_named(entry)
    if function is None:
        raise InvariantError(f"the image has no function {entry}")
    bound = bounds(reachable(program, [function.start]), [function.start])[function.start]
    if bound.unknowns:
        raise InvariantError(f"the stack has no bound: {'; '.join(map(str, bound.unknowns))}")
    return bound
