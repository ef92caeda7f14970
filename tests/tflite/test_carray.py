import subprocess
from pathlib import Path
from time import process_time

import pytest

from lilliput.errors import ModelError
from lilliput.tflite import read, read_bytes, write
from tests.tflite.small_model import described, small_model

MODEL = write(small_model())


def hexadecimal(data: bytes) -> str:
    lines = (data[start : start + 12] for start in range(0, len(data), 12))
    return ",\n  ".join(", ".join(f"0x{byte:02x}" for byte in line) for line in lines)


def assert_holds_model(text: str) -> None:
    graph = read_bytes(text.encode(), "model.cc")
    assert described(graph) == described(small_model())
    assert graph.source.file_bytes == len(MODEL)


@pytest.mark.parametrize(
    "declaration",
    [
        "unsigned char model_tflite[] =",
        "const unsigned char model[] PROGMEM =",
        "alignas(16) const uint8_t g_model[123] =",
        "const unsigned char DATA_ALIGN_ATTRIBUTE g_model[] =",
        'const uint8_t model[] __attribute__((aligned(4), section(".rodata"))) =',
        "namespace tflm { constexpr std::uint8_t model[]",
        "static const signed char model [ ] = /* the { model } */",
    ],
)
def test_any_declaration_of_an_array_of_bytes_is_read(declaration: str) -> None:
    assert_holds_model(f'#include "model.h"\n{declaration} {{\n  {hexadecimal(MODEL)},\n}};\nint length = 3;\n')


def test_decimal_octal_signed_and_suffixed_numbers_are_bytes() -> None:
    forms = ("{}", "0{:o}", "0X{:X}", "0x{:x}u")
    numbers = [forms[index % 4].format(byte) for index, byte in enumerate(MODEL)]
    assert_holds_model(f"char model[] = {{{','.join(numbers)}}};")
    signed = ", ".join(str(byte - 256 if byte > 127 else byte) for byte in MODEL)
    assert_holds_model(f"int8_t model[] = {{{signed}}};")


def test_comments_and_windows_line_ends_do_not_matter() -> None:
    text = hexadecimal(MODEL).replace("\n", " // { 0x00, \"/*\" }\r\n /* , 'x' } */ ")
    assert_holds_model(f'const char *kUrl = "http://example.org/{{*/";\r\nunsigned char model[] = {{ {text} }};')


def test_other_arrays_in_the_file_are_passed_over() -> None:
    labels = 'const char* labels[] = {"yes", "no"}; const int8_t sizes[4] = {1, 2, 3, 4}; '
    assert_holds_model(f"{labels} const uint8_t model[] = {{{hexadecimal(MODEL)}}}; uint8_t arena[10] = {{0}};")


def test_two_models_in_a_file_are_refused_by_name() -> None:
    text = f"uint8_t first[] = {{{hexadecimal(MODEL)}}}; uint8_t second[] = {{{hexadecimal(MODEL)}}};"
    with pytest.raises(ModelError, match="2 models: first, second"):
        read_bytes(text.encode(), "models.h")


def test_an_element_that_is_no_byte_is_named() -> None:
    text = f"uint8_t model[] = {{{hexadecimal(MODEL[:9])}, SIZE, 0x100}};"
    with pytest.raises(ModelError, match="element 9, 'SIZE', is not a byte") as caught:
        read_bytes(text.encode(), "model.h")
    assert caught.value.where == "model.h, array model"


def test_a_truncated_array_is_a_damaged_model() -> None:
    with pytest.raises(ModelError, match="damaged"):
        read_bytes(f"uint8_t model[] = {{{hexadecimal(MODEL[:100])}}};".encode(), "model.h")


def test_what_xxd_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(MODEL)
    try:
        command = ["xxd", "-i", "model.tflite", "model.cc"]
        subprocess.run(command, cwd=tmp_path, check=True)
    except FileNotFoundError:
        pytest.skip("needs xxd")
    assert described(read(tmp_path / "model.cc")) == described(small_model())


@pytest.mark.parametrize("unit", ["{", "/*", "/* ", '"', '\\"', "= {", "{1,", "'", "a[", "1,", "{}", "//\n", "0x1c, "])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = (unit * (500_000 // len(unit))).encode()
    for data in (text, b"uint8_t model[] = {0,0,0,0,84,70,76,51," + text):
        start = process_time()
        with pytest.raises(ModelError):
            read_bytes(data, "model.h")
        assert process_time() - start < 2
