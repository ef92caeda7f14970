"""Mangled name -> letters, numbers and depth: what reading any part of it needs."""

from lilliput.firmware.demangle.text import DEEPEST, UnreadableError

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Cursor:
    """A place in `symbol`; reading beyond its end, or what is not there, raises UnreadableError."""

    def __init__(self, symbol: str, start: int) -> None:
        self._symbol = symbol
        self._depth = 0
        self.position = start

    def descend(self) -> None:
        """Begin a part inside another. Raises UnreadableError beyond the largest depth."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnreadableError

    def ascend(self) -> None:
        """End what `descend` began."""
        self._depth -= 1

    def peek(self, count: int = 1) -> str:
        """The next `count` letters, fewer at the end."""
        return self._symbol[self.position : self.position + count]

    def take(self, count: int) -> str:
        """The next `count` letters."""
        if count <= 0 or self.position + count > len(self._symbol):
            raise UnreadableError
        self.position += count
        return self._symbol[self.position - count : self.position]

    def skip(self, text: str) -> bool:
        """Whether `text` came next; if so it is read."""
        found = self._symbol.startswith(text, self.position)
        self.position += len(text) * found
        return found

    def expect(self, text: str) -> None:
        """Read `text`."""
        if not self.skip(text):
            raise UnreadableError

    def until(self, mark: str) -> str:
        """What comes before the next `mark`, which is read, too."""
        end = self._symbol.find(mark, self.position)
        if end < 0:
            raise UnreadableError
        start, self.position = self.position, end + len(mark)
        return self._symbol[start:end]

    def at_end_of_name(self) -> bool:
        """Whether no parameter follows."""
        return self.peek() in ("", "E", ".")

    def length(self) -> int:
        """A decimal number."""
        start = self.position
        while self.peek().isdecimal() and self.peek().isascii():
            self.position += 1
        if not 0 < self.position - start < 10:
            raise UnreadableError
        return int(self._symbol[start : self.position])

    def number(self) -> int:
        """A decimal number, negative after n."""
        return -self.length() if self.skip("n") else self.length()

    def sequence_number(self, *, plain: bool = False) -> int:
        """What _, 0_, 1_ count: 1, 2, 3; or `plain` 0, 1, 2."""
        first = 0 if plain else 1
        if self.skip("_"):
            return first
        index = self.length()
        self.expect("_")
        return first + index + 1

    def base_36(self) -> int:
        """What _, 0_, ..., Z_, 10_ count: 0, 1, ..., 36, 37."""
        digits = self.until("_")
        if not set(digits) <= set(_DIGITS) or len(digits) > 6:
            raise UnreadableError
        return int(digits, 36) + 1 if digits else 0

    def discriminator(self) -> None:
        """Skip what tells local names of one function apart."""
        if self.skip("__"):
            self.length()
            self.expect("_")
        elif self.peek() == "_" and self.peek(2)[1:].isdecimal():
            self.take(2)
