"""A flatbuffer -> the C array that firmware links: aligned as TFLM reads it, constant so that it stays in flash."""

_ALIGNMENT_BYTES = 16
_BYTES_PER_LINE = 20


def c_array_header(name: str, banner: str) -> str:
    """NAME_model.h: the declarations of NAME_model and NAME_model_bytes."""
    guard = f"{name.upper()}_MODEL_H_"
    return (
        f"// {banner}\n#ifndef {guard}\n#define {guard}\n\n#include <cstddef>\n#include <cstdint>\n\n"
        f"extern const uint8_t {name}_model[];\nextern const size_t {name}_model_bytes;\n\n#endif  // {guard}\n"
    )


def c_array_source(name: str, data: bytes, banner: str) -> str:
    """NAME_model.cc: the bytes of the model."""
    lines = (data[start : start + _BYTES_PER_LINE] for start in range(0, len(data), _BYTES_PER_LINE))
    body = "\n".join("    " + "".join(f"{byte}, " for byte in line).rstrip() for line in lines)
    return (
        f'// {banner}\n#include "{name}_model.h"\n\n'
        f"alignas({_ALIGNMENT_BYTES}) const uint8_t {name}_model[{len(data)}] = {{\n{body}\n}};\n"
        f"const size_t {name}_model_bytes = {len(data)};\n"
    )
