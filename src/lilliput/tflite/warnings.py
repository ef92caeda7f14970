"""What the reader accepts but finds odd, gathered so that many tensors with the same oddity make one line."""


class Warnings:
    """Messages with the places that they hold for, in order of appearance."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def add(self, where: str, message: str) -> None:
        """Note that `message` holds for `where` ("tensor 3 "bias"")."""
        self._places.setdefault(message, []).append(where)

    def lines(self) -> tuple[str, ...]:
        """One line per message, which names the first place and counts the others."""
        return tuple(
            f"{places[0]}{f' and {len(places) - 1} more' if len(places) > 1 else ''}: {message}"
            for message, places in self._places.items()
        )
