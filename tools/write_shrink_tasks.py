"""Write the output of every command in docs/shrink-examples.md below it; --check says whether it is true.

Usage: python -m tools.write_shrink_tasks [--check]

Needs the folder `shared` beside the project, TFLM's interpreter and arm-none-eabi-gcc.
"""

from tools.write_size_example import PROJECT, with_output, write

PAGE = PROJECT / "docs" / "shrink-examples.md"


def filled(page: str) -> str:
    """The page with the output of its commands."""
    return with_output(page, PROJECT)


if __name__ == "__main__":
    write(PAGE, filled)
