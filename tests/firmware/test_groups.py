"""Which group a range belongs to: by the built-in rules, and by those of a user."""

import re
from pathlib import Path

import pytest

from lilliput import operators
from lilliput.errors import UsageError
from lilliput.firmware.accounting import account
from lilliput.firmware.demangle import demangled
from lilliput.firmware.firmware import Range, Source
from lilliput.firmware.groups import assign_groups, load_rules
from tests.firmware.accounts import account_of, flash_range
from tests.firmware.builds import KINDS, build, map_of

RULES = load_rules()
KERNELS = Path(operators.__file__).parent


def group_of(each: Range, section: str = ".text") -> str:
    (found,) = assign_groups(account_of(bytes(each.size_bytes), each, section_name=section), RULES).ranges
    return found.group


def user_rules(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("archive", "object_", "group"),
    [
        ("lib/libtensorflow-microlite.a", "micro_interpreter.o", "framework/TFLM"),
        ("", "third_party/tensorflow/lite/micro/kernels/conv.cc.obj", "framework/TFLM"),
        ("", "CMSIS-NN/Source/ConvolutionFunctions/arm_convolve_s8.o", "framework/CMSIS-NN"),
        ("esp-idf/espressif__esp-nn/libespressif__esp-nn.a", "esp_nn_conv_ansi.c.obj", "framework/ESP-NN"),
        ("", "edge-impulse-sdk/dsp/numpy.cpp.o", "framework/Edge Impulse SDK"),
        ("zephyr/kernel/libkernel.a", "sched.c.obj", "rtos/Zephyr"),
        ("esp-idf/freertos/libfreertos.a", "tasks.c.obj", "rtos/FreeRTOS"),
        ("", "BUILD/K64F/mbed-os/rtos/source/Thread.o", "rtos/Mbed OS"),
        ("esp-idf/esp_system/libesp_system.a", "panic.c.obj", "rtos/ESP-IDF"),
        ("/usr/lib/arm-none-eabi/newlib/libc_nano.a", "lib_a-printf.o", "runtime/C"),
        ("/usr/lib/arm-none-eabi/lib/libstdc++.a", "new_op.o", "runtime/C++"),
        ("/usr/lib/gcc/arm-none-eabi/12.2.1/libgcc.a", "_muldi3.o", "runtime/compiler"),
        ("build/core.a", "wiring_digital.c.o", "platform/Arduino core"),
        ("", "Core/Src/stm32f4xx_hal_gpio.o", "platform/vendor drivers"),
        ("", "startup_stm32f407xx.o", "platform/start-up"),
        ("build/libsensors.a", "filter.o", "application"),
        ("", "/home/ann/freertos-demo/src/main.o", "application"),
    ],
)
def test_a_map_tells_the_group_by_archive_and_object(archive: str, object_: str, group: str) -> None:
    assert group_of(flash_range("anything", 8, object_=object_, archive=archive)) == group


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("_ZN6tflite16MicroInterpreter6InvokeEv", "framework/TFLM"),
        ("_ZTVN6tflite13ErrorReporterE", "framework/TFLM"),
        ("arm_convolve_s8", "framework/CMSIS-NN"),
        ("esp_nn_conv_s8_ansi", "framework/ESP-NN"),
        ("run_classifier_init", "framework/Edge Impulse SDK"),
        ("xTaskCreate", "rtos/FreeRTOS"),
        ("_ZN4mbed10DigitalOutC1E7PinName", "rtos/Mbed OS"),
        ("z_impl_k_sleep", "rtos/Zephyr"),
        ("__aeabi_dmul", "runtime/compiler"),
        ("__udivmoddi4", "runtime/compiler"),
        ("_ZNSt6vectorIiSaIiEE9push_backERKi", "runtime/C++"),
        ("_Znwj", "runtime/C++"),
        ("_ZTISt9exception", "runtime/C++"),
        ("_malloc_r", "runtime/C"),
        ("printf", "runtime/C"),
        ("memory_pool", "application"),
        ("string_table", "application"),
        ("_ZN3app4stepERN6tflite16MicroInterpreterE", "application"),
        ("print_report", "application"),
        ("node03_weights", "model"),
        ("main", "application"),
    ],
)
def test_names_tell_the_group_where_there_is_no_map(name: str, group: str) -> None:
    each = flash_range(name, 8)
    assert group_of(Range(0, 0, 0, 8, 0, each.source, name, demangled(name))) == group


def test_a_function_of_ones_own_with_a_library_name_is_the_applications() -> None:
    assert group_of(flash_range("memcpy", 8, object_="fast_copy.o")) == "application"
    assert group_of(flash_range("memcpy", 8)) == "runtime/C"


@pytest.mark.parametrize(
    ("section", "source", "group"),
    [
        (".ARM.exidx", Source.SECTION, "runtime/exception tables"),
        (".isr_vector", Source.SECTION, "platform/start-up"),
        (".rodata", Source.SECTION, "unknown"),
        (".rodata", Source.CONTENT, "unknown"),
        (".rodata", Source.PADDING, "padding"),
        (".rodata", Source.MAP, "application"),
        (".bss", Source.RESERVED, "reserved/heap and stack"),
    ],
)
def test_bytes_without_a_symbol_have_a_named_group(section: str, source: Source, group: str) -> None:
    assert group_of(flash_range("[bytes]", 8, source), section) == group


def test_every_function_of_the_kernels_is_known_by_its_name() -> None:
    common = {"add", "mul", "pad", "mean", "exp", "softmax", "quantize", "dequantize", "lookup", "clamp", "copy_rows"}
    texts = [path.read_text(encoding="utf-8") for path in KERNELS.rglob("*_*.c")]
    found = {name for text in texts for name in re.findall(r"^(?:static )?\w+ \*?(\w+)\(", text, re.MULTILINE)}
    names = found - common - {"__attribute__"}
    assert len(names) > 15
    assert {name for name in names if group_of(flash_range(name, 8)) != "framework/Lilliput"} == set()


def test_rules_of_the_user_come_first(tmp_path: Path) -> None:
    rules = load_rules(
        [user_rules(tmp_path, '[[rule]]\ngroup = "radio"\nsymbol = ["ble_*", "mem*"]\nobject = ["", "r*.o"]\n')]
    )
    ranges = (
        flash_range("ble_send", 4),
        flash_range("memcpy", 4),
        flash_range("memset", 4, object_="lib/radio.o"),
        flash_range("memmove", 4, object_="other.o"),
    )
    grouped = assign_groups(account_of(bytes(16), *ranges), rules)
    assert [each.group for each in grouped.ranges] == ["radio", "radio", "radio", "application"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rule]", "the rules are no TOML"),
        ("[[rules]]\n", "holds [[rule]] tables and nothing else"),
        ("rule = 3\n", "holds [[rule]] tables and nothing else"),
        ('[[rule]]\nsymbol = ["a"]\n', "rule 1: the rule names no group"),
        ('[[rule]]\ngroup = "a"\n', "rule 1: the rule has no pattern"),
        ('[[rule]]\ngroup = "a"\nfile = ["a"]\n', 'rule 1: the rule has an unknown key "file"'),
        ('[[rule]]\ngroup = "a"\nsymbol = "a"\n', '"symbol" is no list of patterns'),
        ('[[rule]]\ngroup = "a"\nsymbol = []\n', '"symbol" is no list of patterns'),
    ],
)
def test_a_wrong_file_of_rules_is_refused(text: str, words: str, tmp_path: Path) -> None:
    path = user_rules(tmp_path, text)
    with pytest.raises(UsageError, match=re.escape(words)) as error:
        load_rules([path])
    assert str(path) in error.value.where
    assert error.value.advice


def test_a_missing_file_of_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_rules([tmp_path / "missing.toml"])


@pytest.mark.parametrize("kind", KINDS)
def test_groups_leave_everything_but_the_group_as_it_was(kind: str) -> None:
    elf = build(kind)
    firmware = account(elf, map_file=map_of(elf))
    grouped = assign_groups(firmware, RULES)
    assert all(each.group for each in grouped.ranges)
    assert sum(each.flash_bytes for each in grouped.ranges) == firmware.flash_bytes
    assert [(each.address, each.name) for each in grouped.ranges] == [
        (each.address, each.name) for each in firmware.ranges
    ]


@pytest.mark.parametrize(("plain", "mapped"), [("arm-plain", "arm"), ("arm-cpp-plain", "arm-cpp")])
def test_names_alone_find_nearly_what_the_map_knows(plain: str, mapped: str) -> None:
    runtime = []
    for kind in (plain, mapped):
        elf = build(kind)
        ranges = assign_groups(account(elf, map_file=map_of(elf)), RULES).ranges
        runtime.append(sum(each.flash_bytes for each in ranges if each.group == "runtime/C"))
    assert runtime[0] == pytest.approx(runtime[1], rel=0.05)
