"""The decoders in C, compiled with sanitizers into a program that decodes what it reads."""

import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import lilliput
from lilliput import encodings
from lilliput.encodings import Stored, Weights
from lilliput.toolchain.compiler import sanitizing_compiler

_PACKAGE = Path(lilliput.__file__).parent
_FLAGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_PROGRAM = """
#include "decode.h"
#include <stdio.h>
#include <stdlib.h>

void decode(struct decoder *decoder, int8_t *to, int32_t count)
{
    switch (decoder->weights->encoding) {
%s
    }
}

static int32_t number(void)
{
    int32_t value;
    if (fread(&value, sizeof value, 1, stdin) != 1)
        exit(0);
    return value;
}

/* Memory of exactly so many bytes, so that sanitizers see what lies beside. */
static void *bytes(int32_t count)
{
    void *memory = malloc(count > 0 ? (size_t)count : 1);
    if (fread(memory, 1, (size_t)count, stdin) != (size_t)count)
        exit(1);
    return memory;
}

int main(void)
{
    for (;;) {
        struct encoded weights = {.encoding = (uint8_t)number()};
        weights.parameter = (uint8_t)number();
        weights.data = bytes(number());
        weights.table = bytes(number());
        struct decoder decoder = {&weights, 0, 0};
        for (int32_t parts = number(); parts > 0; parts--) {
            int32_t count = number();
            int8_t *to = malloc((size_t)count + 1);
            to[count] = 55;
            decode(&decoder, to, count);
            if (to[count] != 55)
                return 2;
            fwrite(to, 1, (size_t)count, stdout);
            free(to);
        }
        fflush(stdout);
        free((void *)weights.data);
        free((void *)weights.table);
    }
}
"""


class Decoders:
    """A running program with all decoders of `encodings.ALL`."""

    def __init__(self, folder: Path) -> None:
        names = [encoding.name for encoding in encodings.ALL]
        cases = "\n".join(
            f"    case {number}: decode_{name}(decoder, to, count); break;" for number, name in enumerate(names)
        )
        includes = "\n".join(f'#include "{_PACKAGE / "encodings" / name / name}.c"' for name in names)
        (folder / "decode.c").write_text(includes + _PROGRAM % cases, encoding="utf-8")
        command = [*sanitizing_compiler(), *_FLAGS, f"-I{_PACKAGE / 'runtime'}", "decode.c", "-o", "decode"]
        subprocess.run(command, cwd=folder, check=True)
        self._process = subprocess.Popen([folder / "decode"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def decode(self, encoding: int, stored: Stored, counts: Sequence[int]) -> Weights:
        """Decode with the encoding of that number, `counts` weights at a time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        data, table = stored.data.tobytes(), b"" if stored.table is None else stored.table.tobytes()
        head = struct.pack("<3i", encoding, stored.parameter, len(data)) + data + struct.pack("<i", len(table)) + table
        self._process.stdin.write(head + struct.pack(f"<{len(counts) + 1}i", len(counts), *counts))
        self._process.stdin.flush()
        return np.frombuffer(self._process.stdout.read(sum(counts)), np.int8)

    def close(self) -> int:
        """End the program; its status tells whether a sanitizer found something."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        return self._process.wait()
