"""ADD: the operator with all its implementations."""

from typing import ClassVar

from lilliput.operators.add.add import Add as PortableAdd
from lilliput.operators.add.add_armv7em import AddArmv7em
from lilliput.operators.operator import Operator


class Add(PortableAdd):
    """Portable, with what is faster on some cores."""

    variants: ClassVar[tuple[Operator, ...]] = (AddArmv7em(),)


__all__ = ["Add"]
