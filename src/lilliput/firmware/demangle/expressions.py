"""Mangled name -> literals and expressions in template arguments, array lengths and decltype."""

import re
from abc import ABC, abstractmethod

from lilliput.firmware.demangle import words
from lilliput.firmware.demangle.cursor import Cursor
from lilliput.firmware.demangle.text import Text, UnreadableError

_POINTER_TO_NOTHING = "decltype(nullptr)"
_TYPE_OPERATORS = {"st": "sizeof", "at": "alignof"}
_CASTS = frozenset({"cv", "sc", "dc", "cc", "rc"})
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w:<>, ]*|\{parm#\d+\}")


class ExpressionParser(Cursor, ABC):
    """The grammar of expressions in terms of types and names, which the subclass reads."""

    @abstractmethod
    def encoding(self, *, with_return: bool = True) -> str:
        """A function or variable."""

    @abstractmethod
    def type_name(self) -> Text:
        """A type."""

    @abstractmethod
    def unqualified(self, scope: Text | None) -> Text:
        """The last part of a name behind `scope`."""

    @abstractmethod
    def template_parameter(self) -> Text:
        """What stands for a parameter of the template."""

    @abstractmethod
    def with_arguments(self, name: Text) -> Text:
        """`name` with the template arguments that follow."""

    def literal(self) -> str:
        """A number, a truth value, or the address of a function or variable."""
        self.expect("L")
        if self.skip("_Z"):
            name = self.encoding()
            self.expect("E")
            return name
        code = self.peek()
        kind = str(self.type_name())
        if kind == _POINTER_TO_NOTHING:
            self.skip("0")
        value = self.until("E").replace("n", "-", 1)
        if kind == "bool" and value in ("0", "1"):
            return "true" if value == "1" else "false"
        if code in words.LITERAL_SUFFIXES:
            return value + words.LITERAL_SUFFIXES[code]
        return f"({kind}){value or '0'}"

    def expression(self) -> str:
        """An expression, with brackets around operands that are no plain names."""
        if self.peek() == "L":
            return self.literal()
        if self.peek() == "T":
            return str(self.template_parameter())
        if self.peek().isdigit():
            return str(self._maybe_template(self.unqualified(None)))
        self.descend()
        text = self._operation(self.take(2))
        self.ascend()
        return text

    def _maybe_template(self, name: Text) -> Text:
        return self.with_arguments(name) if self.peek() == "I" else name

    def _operation(self, code: str) -> str:
        if code == "fp":
            return f"{{parm#{self.sequence_number()}}}"
        if code == "sr":
            scope = self.type_name()
            return f"{scope}::{self._maybe_template(self.unqualified(None))}"
        if code == "sZ":
            return f"sizeof...({self.expression()})"
        if code in _TYPE_OPERATORS:
            return f"{_TYPE_OPERATORS[code]} ({self.type_name()})"
        if code in _CASTS:
            return f"({self.type_name()}){_operand(self.expression())}"
        if code in words.UNARY:
            return f"{words.OPERATORS[code]}{_operand(self.expression())}"
        if code in words.BINARY:
            one, other = self.expression(), self.expression()
            text = f"{_operand(one)}{words.OPERATORS[code]}{_operand(other)}"
            return f"({text})" if code == "gt" else text
        raise UnreadableError


def _operand(text: str) -> str:
    return text if _PLAIN_NAME.fullmatch(text) else f"({text})"
