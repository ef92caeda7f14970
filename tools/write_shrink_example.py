"""Write the output of every command in docs/shrink.md below it; --check says whether it is true.

Usage: python -m tools.write_shrink_example [--check]

Commands run in a folder with the model of examples/digits.
"""

from tools.write_size_example import PROJECT, write
from tools.write_tflm_example import filled

PAGE = PROJECT / "docs" / "shrink.md"

__all__ = ["PAGE", "filled"]

if __name__ == "__main__":
    write(PAGE, filled)
