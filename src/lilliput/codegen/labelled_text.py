"""Text whose every line remembers what it is for."""

from lilliput.codegen.csource import Label


class LabelledText:
    """Lines of C with their labels, in the order in which they were added."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._labels: list[Label | None] = []

    def add(self, text: str = "", label: Label | None = None) -> None:
        """Append one or more lines that share a label."""
        lines = text.split("\n")
        self._lines += lines
        self._labels += [label] * len(lines)

    def extend(self, other: "LabelledText") -> None:
        """Append all of another text."""
        self._lines += other._lines
        self._labels += other._labels

    @property
    def text(self) -> str:
        """The whole text, ending with a line break."""
        return "\n".join(self._lines) + "\n"

    @property
    def labels(self) -> tuple[Label | None, ...]:
        """The label of each line."""
        return tuple(self._labels)
