"""SUB: the operator with all its implementations."""

from typing import ClassVar

from lilliput.operators.operator import Operator
from lilliput.operators.sub.sub import Sub as PortableSub
from lilliput.operators.sub.sub_armv7em import SubArmv7em


class Sub(PortableSub):
    """Portable, with what is faster on some cores."""

    variants: ClassVar[tuple[Operator, ...]] = (SubArmv7em(),)


__all__ = ["Sub"]
