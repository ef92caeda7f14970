"""Mangled name -> Text, by the grammar of the Itanium C++ ABI, section 5.1, printed as c++filt does.

Every step reads at least one letter, every text has a largest length and nesting a largest depth: reading takes time
in proportion to the name, whatever it is. What cannot be read raises UnreadableError.
"""

from dataclasses import replace

from lilliput.firmware.demangle import words
from lilliput.firmware.demangle.expressions import ExpressionParser
from lilliput.firmware.demangle.text import Pack, Text, UnreadableError, joined, pointer, with_qualifiers

_BUILTIN_TYPES = {code: Text(name) for code, name in words.BUILTIN_TYPES.items()}
_QUALIFIERS = {"K": " const", "V": " volatile", "r": " restrict"}
_REFERENCES = {"R": "&", "O": "&&"}
_POINTERS = {"P": "*", **_REFERENCES}


class Parser(ExpressionParser):
    """Reads `symbol` from `start` on; `position` is where it stopped."""

    def __init__(self, symbol: str, start: int) -> None:
        super().__init__(symbol, start)
        self._substitutions: list[Text] = []
        self._arguments: tuple[Text | Pack, ...] | None = None
        self._element = -1
        self._pack_length = 0
        self._in_lambda = False

    def encoding(self, *, with_return: bool = True) -> str:
        """A function with its parameters, a variable, or what the compiler made for one."""
        self.descend()
        text = self._special_name() if self.peek() in ("T", "G") else self._entity(with_return=with_return)
        self.ascend()
        return text

    def _entity(self, *, with_return: bool) -> str:
        name = self._name()
        if self.at_end_of_name():
            return str(name)
        before = self._arguments
        returned = None
        if name.arguments is not None:
            self._arguments = name.arguments
            returned = None if name.returns_nothing else self.type_name()
        parameters = f"{name.left}({self._parameters()}){name.right}"
        self._arguments = before
        if returned is None or not with_return:
            return str(Text(parameters))
        space = "" if returned.right else " "
        return str(Text(f"{returned.left}{space}{parameters}", returned.right))

    def _special_name(self) -> str:
        code = self.take(2)
        if code in ("TV", "TT", "TI", "TS"):
            return words.SPECIAL_NAMES[code] + str(self.type_name())
        if code in words.SPECIAL_NAMES:
            return words.SPECIAL_NAMES[code] + str(self._name())
        if code in ("Th", "Tv", "Tc"):
            self.position -= code != "Tc"
            for _ in range(2 if code == "Tc" else 1):
                self._call_offset()
            kind = {"Th": "non-virtual thunk", "Tv": "virtual thunk", "Tc": "covariant return thunk"}[code]
            return f"{kind} to {self.encoding()}"
        if code == "TC":
            whole = self.type_name()
            self.length()
            self.expect("_")
            return f"construction vtable for {self.type_name()}-in-{whole}"
        if code == "GR":
            name = self._name()
            return f"reference temporary #{self.sequence_number()} for {name}"
        if code == "GT":
            return ("non-" if self.take(1) == "n" else "") + f"transaction clone for {self.encoding()}"
        raise UnreadableError

    def _call_offset(self) -> None:
        for _ in range({"h": 1, "v": 2}.get(self.take(1), 0)):
            self.number()
            self.expect("_")

    def _name(self) -> Text:
        start = self.peek()
        if start == "N":
            return self._nested_name()
        if start == "Z":
            return self._local_name()
        if start == "S" and self.peek(2) != "St":
            return self.with_arguments(self._substitution())
        name = self.unqualified(None).inside("std") if self.skip("St") else self.unqualified(None)
        if self.peek() == "I":
            self._substitutions.append(name)
            return self.with_arguments(name)
        return name

    def _nested_name(self) -> Text:
        self.expect("N")
        suffix = self._cv_qualifiers()
        if self.peek() in _REFERENCES:
            suffix += f" {_REFERENCES[self.take(1)]}"
        scope: Text | None = None
        while not self.skip("E"):
            repeated = self.peek() == "S"
            scope = self._component(scope)
            if not repeated and self.peek() != "E":
                self._substitutions.append(scope)
        if scope is None:
            raise UnreadableError
        return replace(scope, right=suffix) if suffix or scope.right else scope

    def _component(self, scope: Text | None) -> Text:
        """One more part of a nested name behind `scope`."""
        start = self.peek()
        if start == "S":
            return Text("std") if self.skip("St") else self._substitution()
        if start == "T":
            return self.template_parameter()
        if start == "I" and scope is not None:
            return self.with_arguments(scope)
        if self.peek(2) in ("Dt", "DT"):
            return self._decltype()
        name = self.unqualified(scope)
        self.skip("M")
        return name if scope is None else name.inside(scope)

    def _local_name(self) -> Text:
        self.expect("Z")
        function = self.encoding(with_return=False)
        self.expect("E")
        if self.skip("s"):
            self.discriminator()
            return Text(f"{function}::string literal")
        if self.skip("d"):
            self.sequence_number()
        name = self._name()
        self.discriminator()
        return name.inside(function)

    def unqualified(self, scope: Text | None) -> Text:
        """The last part of a name behind `scope`."""
        self.skip("L")
        start = self.peek()
        if start.isdigit():
            name = self._source_name()
            name = Text(name, last=name)
        elif start == "U":
            name = Text(self._closure())
        elif start in ("C", "D") and scope is not None:
            name = self._constructor(scope)
        else:
            name = self._operator_name()
        while self.skip("B"):
            name = replace(name, left=f"{name.left}[abi:{self._source_name()}]")
        return name

    def _source_name(self) -> str:
        name = self.take(self.length())
        return "(anonymous namespace)" if name.startswith("_GLOBAL__N") else name

    def _constructor(self, scope: Text) -> Text:
        letter = self.take(1)
        if letter == "D" and self.skip("C"):
            bound: list[str] = []
            while not self.skip("E"):
                bound.append(self._source_name())
            return Text(f"[{', '.join(bound)}]")
        inherits = letter == "C" and self.skip("I")
        if self.take(1) not in "012345" or not scope.last:
            raise UnreadableError
        if inherits:
            self.type_name()
        return Text(("~" if letter == "D" else "") + scope.last, returns_nothing=True)

    def _closure(self) -> str:
        self.expect("U")
        if self.skip("t"):
            return f"{{unnamed type#{self.sequence_number()}}}"
        self.expect("l")
        before, self._in_lambda = self._in_lambda, True
        parameters = self._parameters()
        self._in_lambda = before
        self.expect("E")
        return f"{{lambda({parameters})#{self.sequence_number()}}}"

    def _operator_name(self) -> Text:
        code = self.take(2)
        if code == "cv":
            return Text(f"operator {self.type_name()}", returns_nothing=True)
        if code == "li":
            return Text(f'operator"" {self._source_name()}')
        if code not in words.OPERATORS:
            raise UnreadableError
        return Text(f"operator{words.OPERATORS[code]}")

    def _substitution(self) -> Text:
        code = self.peek(2)
        if code in words.ABBREVIATIONS:
            self.take(2)
            name = words.ABBREVIATIONS[code]
            return Text(name, last=name.partition("<")[0].removeprefix("std::"))
        self.expect("S")
        index = self.base_36()
        if index >= len(self._substitutions):
            raise UnreadableError
        return self._substitutions[index]

    def template_parameter(self) -> Text:
        """What stands for a parameter of the template; in a lambda's parameters, auto."""
        self.expect("T")
        index = self.sequence_number(plain=True)
        if self._in_lambda:
            return Text(f"auto:{index + 1}")
        if self._arguments is None or index >= len(self._arguments):
            raise UnreadableError
        argument = self._arguments[index]
        if isinstance(argument, Text):
            return argument
        self._pack_length = len(argument.elements)
        if 0 <= self._element < self._pack_length:
            element = argument.elements[self._element]
            return element if isinstance(element, Text) else Text(str(element))
        return Text(str(argument))

    def with_arguments(self, name: Text) -> Text:
        """`name` with the template arguments that follow."""
        arguments = self._template_arguments()
        inside = joined(arguments)
        left = f"{name}{' ' if name.left.endswith('<') else ''}<{inside}{' ' if inside.endswith('>') else ''}>"
        return Text(left, last=name.last, arguments=arguments, returns_nothing=name.returns_nothing)

    def _template_arguments(self) -> tuple[Text | Pack, ...]:
        self.expect("I")
        found: list[Text | Pack] = []
        while not self.skip("E"):
            found.append(self._template_argument())
        return tuple(found)

    def _template_argument(self) -> Text | Pack:
        if self.peek() == "L":
            return Text(self.literal())
        if self.skip("X"):
            expression = self.expression()
            self.expect("E")
            return Text(expression)
        if self.peek() not in ("I", "J"):
            return self.type_name()
        self.descend()
        self.take(1)
        elements: list[Text | Pack] = []
        while not self.skip("E"):
            elements.append(self._template_argument())
        self.ascend()
        return Pack(tuple(elements))

    def _parameters(self) -> str:
        found: list[Text] = []
        while not self.at_end_of_name() and self.peek(2) not in ("RE", "OE"):
            found.append(self.type_name())
        if not found:
            raise UnreadableError
        return "" if [str(each) for each in found] == ["void"] else joined(found)

    def _cv_qualifiers(self) -> str:
        found = ""
        while self.peek() in _QUALIFIERS:
            found = _QUALIFIERS[self.take(1)] + found
        return found

    def type_name(self) -> Text:
        """A type."""
        code = self.peek(2) if self.peek() == "D" else self.peek()
        if code in _BUILTIN_TYPES:
            self.take(len(code))
            return _BUILTIN_TYPES[code]
        self.descend()
        if code == "S" and self.peek(2) != "St":
            name = found = self._substitution()
            if self.peek() == "I":
                found = self.with_arguments(name)
            repeated = found is name
        else:
            found = self._expansion() if code == "Dp" else self._compound_type(code)
            repeated = code == "Dp"
        if not repeated:
            self._substitutions.append(found)
        self.ascend()
        return found

    def _compound_type(self, code: str) -> Text:
        """A type that later parts of the name may repeat."""
        if code in _QUALIFIERS:
            qualifiers = self._cv_qualifiers()
            return with_qualifiers(self.type_name(), qualifiers)
        if code in _POINTERS:
            self.take(1)
            return pointer(self.type_name(), _POINTERS[code])
        if code == "T" and self.peek(2) not in ("Ts", "Tu", "Te"):
            found = self.template_parameter()
            if self.peek() == "I":
                self._substitutions.append(found)
                found = self.with_arguments(found)
            return found
        if code in ("Dt", "DT"):
            return self._decltype()
        if code in ("F", "Do"):
            return self._function_type()
        if code == "A":
            return self._array_type()
        if code == "M":
            self.take(1)
            scope, member = self.type_name(), self.type_name()
            star = f"{scope}::*"
            return pointer(member, star) if member.right else Text(f"{member.left} {star}")
        if code == "U":
            self.take(1)
            qualifier = self._source_name()
            return with_qualifiers(self.type_name(), f" {qualifier}")
        if code == "u":
            self.take(1)
            return Text(self._source_name())
        if code == "T":
            self.take(2)
        return self._name()

    def _expansion(self) -> Text:
        """A pattern once for each element of the pack in it."""
        self.take(2)
        before, start = self._element, self.position
        self._element, self._pack_length = 0, -1
        found = [self.type_name()]
        length = self._pack_length
        for index in range(1, length):
            self.position, self._element = start, index
            found.append(self.type_name())
        self._element = before
        return Text(joined(found)) if length else Text("")

    def _function_type(self) -> Text:
        exception = " noexcept" if self.skip("Do") else ""
        self.expect("F")
        self.skip("Y")
        returned = self.type_name()
        parameters = self._parameters()
        reference = f" {_REFERENCES[self.take(1)]}" if self.peek() in _REFERENCES else ""
        self.expect("E")
        space = "" if returned.right else " "
        return Text(f"{returned.left}{space}", f"({parameters}){reference}{exception}{returned.right}")

    def _array_type(self) -> Text:
        self.expect("A")
        length = str(self.length()) if self.peek().isdigit() else "" if self.peek() == "_" else self.expression()
        self.expect("_")
        element = self.type_name()
        return Text(element.left, f" [{length}]{element.right.removeprefix(' ')}")

    def _decltype(self) -> Text:
        self.take(2)
        expression = self.expression()
        self.expect("E")
        return Text(f"decltype ({expression})")
