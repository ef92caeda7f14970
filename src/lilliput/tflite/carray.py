"""The text of a C or C++ file -> the flatbuffer that it holds as an array, as `xxd -i` writes them."""

import re

from lilliput.errors import ModelError

_IDENTIFIER = b"TFL3"
_HEAD_ELEMENTS = 8
_COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?(?:\*/|\Z)|"(?:[^"\\\n]|\\.)*"?', re.DOTALL)
_BLOCK = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_]\w*")
_ADVICE = "Give a .tflite file, or a C file with the model as an array of bytes."
_OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive (a Keras model or a task bundle?)",
    b"\x89HDF": "an HDF5 file (a Keras model?)",
    b"version https://git-lfs": "a Git LFS pointer; fetch the file itself with `git lfs pull`",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}


def find_model(data: bytes, name: str) -> bytes:
    """The bytes of the one array in the C text `data` that holds a .tflite model.

    Takes linear time. Raises ModelError when there is none or several, or when it has elements that are not bytes.
    """
    if not data:
        raise ModelError("the file is empty", name, _ADVICE)
    for start, kind in _OTHER_FORMATS.items():
        if data.startswith(start):
            raise ModelError(f"this is not a .tflite model but {kind}", name, _ADVICE)
    found = [] if b"\0" in data else _model_arrays(data.decode("latin-1"))
    if not found:
        raise ModelError("this is not a .tflite model, nor C code with one as an array", name, _ADVICE)
    if len(found) > 1:
        names = ", ".join(array for array, _ in found)
        raise ModelError(f"the file has {len(found)} models: {names}", name, "Keep one model to a file.")
    array, elements = found[0]
    return _to_bytes(elements, f"{name}, array {array}")


def _model_arrays(text: str) -> list[tuple[str, list[str]]]:
    """(name, elements) of the arrays whose bytes 4..8 are the identifier."""
    text = _COMMENT_OR_STRING.sub(" ", text)
    found: list[tuple[str, list[str]]] = []
    declaration_start = 0
    for block in _BLOCK.finditer(text):
        head = block[1].split(",", _HEAD_ELEMENTS)[4:_HEAD_ELEMENTS]
        if [_to_byte(element) for element in head] == list(_IDENTIFIER):
            name = _declared_name(text[max(declaration_start, block.start() - 1000) : block.start()])
            found.append((name, block[1].split(",")))
        declaration_start = block.end()
    return found


def _declared_name(declaration: str) -> str:
    """The name in front of the first bracket of the last declaration ("const unsigned char model[8] =")."""
    last = re.split("[;{}#]", declaration)[-1]
    names = _NAME.findall(last.partition("[")[0]) or _NAME.findall(last)
    return names[-1] if names else "without a name"


def _to_byte(element: str) -> int | None:
    """The value of one element, None when it is not a number from -128 to 255."""
    digits = element.strip().rstrip("uUlL")
    try:
        value = int(digits, 8) if re.fullmatch("-?0[0-7]+", digits) else int(digits, 0)
    except ValueError:
        return None
    return value & 0xFF if -128 <= value <= 255 else None


def _to_bytes(elements: list[str], where: str) -> bytes:
    if not elements[-1].strip():
        elements = elements[:-1]
    values = bytearray()
    for index, element in enumerate(elements):
        value = _to_byte(element)
        if value is None:
            raise ModelError(f"element {index}, {element.strip()[:40]!r}, is not a byte", where, _ADVICE)
        values.append(value)
    return bytes(values)
