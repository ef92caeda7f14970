"""Number of units -> a firmware of C++ for Cortex-M4 with debug information, from text made here.

Each unit has classes, templates of the standard library, tables and strings of its own, as an application's units have.
"""

import subprocess
from pathlib import Path

FLAGS = ("-mcpu=cortex-m4", "-mthumb", "-g", "-Os", "-ffunction-sections", "-fdata-sections")
CPP_FLAGS = ("-std=c++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")
LINK_FLAGS = ("-nostartfiles", "--specs=nosys.specs", "-Wl,--gc-sections", "-Wl,-Map=firmware.map")

_UNIT = """\
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace unit@ {

struct Item {
    int count;
    std::string name;
    bool operator<(const Item &other) const { return count < other.count; }
};

class Filter {
public:
    virtual ~Filter() = default;
    virtual int apply(int value) { return value * @ + 1; }
};

class Smooth : public Filter {
public:
    int apply(int value) override
    {
        history_[next_++ % history_.size()] = value;
        int sum = 0;
        for (int each : history_) sum += each;
        return sum / static_cast<int>(history_.size());
    }

private:
    std::array<int, 8 + @> history_{};
    unsigned next_ = 0;
};

static const short curve[32] = {1, @, 3, 4 * @};
static const char *const names[] = {"unit @ is ready", "unit @ has failed", "unit @ waits for data"};

static inline int square(int value) { return value * value + curve[value & 31]; }

int work(std::vector<int> &values, std::map<std::string, Item> &items)
{
    Smooth smooth;
    std::sort(values.begin(), values.end(), [](int a, int b) { return a % (@ + 2) < b % (@ + 2); });
    std::vector<Item> sorted;
    for (auto &each : items) sorted.push_back(each.second);
    std::sort(sorted.begin(), sorted.end());
    int sum = 0;
    for (auto &each : sorted) sum += square(each.count) + smooth.apply(static_cast<int>(each.name.size()));
    items[names[sum % 3]] = Item{sum, names[(sum + 1) % 3]};
    return sum;
}

}  // namespace unit@

int start@()
{
    std::vector<int> values{3, 1, @};
    std::map<std::string, unit@::Item> items;
    return unit@::work(values, items);
}
"""

_START = """\
#include <stdint.h>
extern uint32_t stack_top[];
int main(void);
void Reset_Handler(void) { main(); for (;;) {} }
void Default_Handler(void) { for (;;) {} }
void *__dso_handle;
void _init(void) {}
void _fini(void) {}
__attribute__((section(".vectors"), used)) void (*const vectors[16])(void) = {
    (void (*)(void))stack_top, Reset_Handler, Default_Handler, Default_Handler,
};
"""

_SCRIPT = """\
MEMORY
{
    FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 2M
    RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 256K
}
ENTRY(Reset_Handler)
stack_top = ORIGIN(RAM) + LENGTH(RAM);
SECTIONS
{
    .text : { KEEP(*(.vectors)) *(.text .text*) *(.init) *(.fini) } > FLASH
    .rodata : { *(.rodata .rodata*) } > FLASH
    .ARM.extab : { *(.ARM.extab*) } > FLASH
    .ARM.exidx : { __exidx_start = .; *(.ARM.exidx*) __exidx_end = .; } > FLASH
    .init_array : { KEEP(*(.init_array*)) } > FLASH
    .data : { *(.data .data*) } > RAM AT > FLASH
    .bss : { *(.bss .bss* COMMON) . = ALIGN(8); end = .; } > RAM
}
"""


def build(folder: Path, units: int) -> Path:
    """Compile and link firmware.elf with firmware.map and firmware.bin in `folder`; gives the ELF file."""
    calls = "".join(f"int start{index}();\n" for index in range(units))
    total = " + ".join(f"start{index}()" for index in range(units))
    texts = {f"unit{index}.cc": _UNIT.replace("@", str(index)) for index in range(units)}
    texts |= {"main.cc": f"{calls}int main() {{ return {total}; }}\n", "start.c": _START, "memory.ld": _SCRIPT}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    sources = [name for name in texts if name.endswith((".c", ".cc"))]
    for name in sources:
        language = CPP_FLAGS if name.endswith(".cc") else ()
        _run(folder, "arm-none-eabi-g++" if language else "arm-none-eabi-gcc", *FLAGS, *language, "-c", name)
    objects = [f"{Path(name).stem}.o" for name in sources]
    _run(folder, "arm-none-eabi-g++", *FLAGS, *objects, "-T", "memory.ld", *LINK_FLAGS, "-o", "firmware.elf")
    _run(folder, "arm-none-eabi-objcopy", "-O", "binary", "firmware.elf", "firmware.bin")
    return folder / "firmware.elf"


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
