"""The encodings of a model's weights -> the C function `decode` that kernels call, from each encoding's own decoder."""

from collections.abc import Iterable, Sequence

from lilliput import encodings
from lilliput.codegen.csource import Label, Part
from lilliput.codegen.labelled_text import LabelledText
from lilliput.operators.operator import Call, RowCall

_LABEL = Label(Part.KERNELS, "decode")


def used(calls: Iterable[Call | RowCall]) -> tuple[str, ...]:
    """The names of the encodings that the calls' weights have, in the order of `encodings.ALL`."""
    names = {call.encoding for call in calls}
    return tuple(encoding.name for encoding in encodings.ALL if encoding.name in names)


def files(names: Iterable[str]) -> tuple[str, ...]:
    """The decoders' files, relative to the package."""
    return tuple(f"encodings/{name}/{name}.c" for name in names)


def functions(names: Iterable[str]) -> tuple[str, ...]:
    """The decoders' functions."""
    return tuple(f"decode_{name}" for name in names)


def emit(names: Sequence[str], text: LabelledText) -> None:
    """Define `decode`, which asks for the encoding where there are several."""
    numbers = {encoding.name: number for number, encoding in enumerate(encodings.ALL)}
    calls = [f"{function}(decoder, to, count);" for function in functions(names)]
    text.add("\nstatic void decode(struct decoder *decoder, int8_t *to, int32_t count)\n{", _LABEL)
    if len(names) == 1:
        text.add(f"    {calls[0]}", _LABEL)
    else:
        text.add("    switch (decoder->weights->encoding) {", _LABEL)
        for name, call in zip(names, calls, strict=True):
            case = "default" if name == names[-1] else f"case {numbers[name]}"
            text.add(f"    {case}: /* {name} */\n        {call}\n        break;", _LABEL)
        text.add("    }", _LABEL)
    text.add("}", _LABEL)
