"""A recipe and a symbol -> what the linker really drops when nothing refers to the symbol any more.

The reference is taken away without touching the code: the linker is told (--wrap) to take another function in its
place, which is in the image anyhow.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import lilliput
from lilliput.firmware.accounting import account
from lilliput.firmware.firmware import Firmware
from lilliput.firmware.references.graph import reference_graph
from lilliput.firmware.references.removal import Removal, without
from tests.firmware import builds
from tests.firmware.builds import RECIPES, Recipe

DIGITS = Path(__file__).parents[3] / "examples" / "digits" / "digits.tflite"
MOST_BYTES_OFF, MOST_SHARE_OFF = 16, 0.02

SENSOR = """
#include <cstdint>
struct Sensor {
    virtual int32_t read(int32_t value) = 0;
    virtual const char *unit() const { return "none"; }
};
"""
READER = """
Sensor *thermometer();
Sensor *scales();
volatile int32_t which = 1;
int main()
{
    Sensor *one = which & 1 ? thermometer() : scales();
    return one->read(which) + one->unit()[which & 1];
}
"""
KIND_OF_SENSOR = """
namespace {
struct Kind final : Sensor {
    int32_t state[25] = {1};
    int32_t read(int32_t value) override
    {
        for (int index = 0; index < 25; index++) {
            state[index] = state[24 - index] * value + 3;
            value ^= state[index];
        }
        return value / 9;
    }
    const char *unit() const override { return "a unit of NAME"; }
};
Kind the_one;
}
Sensor *NAME() { return &the_one; }
"""

APPLICATION = """
#include <stdint.h>
extern volatile int32_t level;
int32_t filter_run(int32_t value);
int32_t motor_run(int32_t value);
int32_t scale(int32_t value);
typedef int32_t (*Step)(int32_t);
const Step steps[] = {scale, motor_run, filter_run};
volatile int32_t level = 3;
int32_t scale(int32_t value) { return value * 5 / 3; }
int32_t turn(void) { return steps[level % 3](level) + scale(level); }
__attribute__((section(".first"), used)) int START(void)
{
    for (;;) {
        level = turn();
    }
}
"""

FILTER = """
#include <stdint.h>
extern volatile int32_t level;
int32_t motor_run(int32_t value);
static int16_t window[33];
static int32_t gain = 7;
static const int16_t taps[21] = {3, -9, 27, -81, 243, -729, 2187};
static const char *const names[] = {"the low band", "the middle band", "the high band of the filter"};
__attribute__((noinline)) static int32_t band(int32_t value, uint32_t which)
{
    for (uint32_t index = 0; index < 21; index++) {
        value += window[(index + which) % 33] * taps[index];
    }
    return value + names[which % 3][value & 7];
}
__attribute__((noinline)) int32_t filter_push(int32_t value)
{
    window[(uint32_t)value % 33] = (int16_t)value;
    return gain++;
}
int32_t filter_run(int32_t value)
{
    switch (value & 7) {
    case 0: return band(value, 1);
    case 1: return filter_push(value);
    case 2: return band(value * 3, 2) + 17;
    case 3: return motor_run(filter_push(value) ^ 0x55);
    case 4: return level / 7 - gain;
    case 5: return band(filter_push(level), 0);
    default: return value - 1;
    }
}
"""

MOTOR = """
#include <stdint.h>
static uint8_t states[50];
static int32_t ramp(int32_t value) { return value > 900 ? 900 : value < -900 ? -900 : value; }
static int32_t coast(int32_t value) { return ramp(value) / 2; }
static int32_t brake(int32_t value) { return -ramp(value * 3); }
static int32_t (*const modes[])(int32_t) = {ramp, coast, brake};
int32_t motor_run(int32_t value)
{
    states[(uint32_t)value % 50]++;
    return modes[(uint32_t)value % 3](value) + states[7];
}
"""


def small_program(kind: str, start: str = "_start") -> Recipe:
    """Three C files without a library, for the machine of a recipe: tables of functions, a switch, strings, state."""
    sources = {"application.c": APPLICATION.replace("START", start), "filter.c": FILTER, "motor.c": MOTOR}
    return replace(RECIPES[kind], sources=(), texts=tuple(sources.items()), library=())


def virtual_functions() -> Recipe:
    """C++: two classes with virtual functions, which only a function of their own file makes known."""
    kinds = {name: KIND_OF_SENSOR.replace("NAME", name) for name in ("thermometer", "scales")}
    texts = tuple((f"{name}.cc", SENSOR + text) for name, text in {"reader": READER, **kinds}.items())
    return replace(RECIPES["arm-cpp"], sources=("startup.c",), texts=texts, library=())


def model_image(folder: Path) -> Recipe:
    """A program with a model that this project compiled."""
    lilliput.compile_model(DIGITS, folder)
    generated = {name: (folder / name).read_text(encoding="utf-8") for name in ("digits.h", "digits.c")}
    main = '#include "digits.h"\nint main(void) { digits_input()[3] = 7; digits_run(); return digits_output()[1]; }\n'
    return replace(
        RECIPES["arm"], sources=("startup.c",), texts=tuple({**generated, "main.c": main}.items()), library=()
    )


def with_relocations(recipe: Recipe) -> Recipe:
    """The recipe with --emit-relocs."""
    flag = "--emit-relocs" if recipe.toolchain == "zig" else "-Wl,--emit-relocs"
    return replace(recipe, link_flags=(*recipe.link_flags, flag))


def not_asked_for(recipe: Recipe, symbol: str) -> Recipe:
    """The recipe without the linker's option -u for `symbol`."""
    return replace(recipe, link_flags=tuple(flag for flag in recipe.link_flags if flag != f"-Wl,-u,{symbol}"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was predicted, and what the linker did. Bytes of flash and RAM."""

    removal: Removal
    predicted: tuple[int, int]
    real: tuple[int, int]

    @property
    def agrees(self) -> bool:
        """Whether flash and RAM are predicted within 16 bytes or 2 %."""
        pairs = zip(self.predicted, self.real, strict=True)
        return all(abs(said - is_) <= max(MOST_BYTES_OFF, MOST_SHARE_OFF * abs(is_)) for said, is_ in pairs)


def compare(before: Recipe, after: Recipe, pattern: str, *, with_map: bool = True) -> Comparison:
    """Predict what `before` loses without `pattern`, and compare with what `after` is smaller."""
    old, new = (_account(builds.link(recipe, "relinked"), with_map=with_map) for recipe in (before, after))
    removal = without(old, reference_graph(old), pattern)
    real = (old.flash_bytes - new.flash_bytes, old.ram_bytes - new.ram_bytes)
    return Comparison(removal, (removal.flash_bytes, removal.ram_bytes), real)


def replaced(recipe: Recipe, symbol: str, stand_in: str) -> Recipe:
    """The recipe with every reference from another object file to `symbol` led to `stand_in`."""
    flags = (f"--wrap={symbol}", f"--defsym=__wrap_{symbol}={stand_in}")
    given = flags if recipe.toolchain == "zig" else tuple(f"-Wl,{flag}" for flag in flags)
    return replace(recipe, link_flags=(*recipe.link_flags, *given))


def _account(elf: Path, *, with_map: bool) -> Firmware:
    return account(elf, map_file=builds.map_of(elf) if with_map else None)
