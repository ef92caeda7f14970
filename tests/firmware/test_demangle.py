import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lilliput.firmware.demangle import demangled
from tests.firmware import builds

NAMES = {
    "main": "main",
    "_Z3addii": "add(int, int)",
    "_ZN5timer5startEv": "timer::start()",
    "_ZNK5timer7runningEv": "timer::running() const",
    "_ZNO1A1fEv": "A::f() &&",
    "_ZN1AC2ERKS_": "A::A(A const&)",
    "_ZN1AD0Ev": "A::~A()",
    "_ZL5state": "state",
    "_ZN12_GLOBAL__N_15stateE": "(anonymous namespace)::state",
    "_Z3maxIiET_S0_S0_": "int max<int>(int, int)",
    "_ZSt4moveIRSsEONSt16remove_referenceIT_E4typeEOS2_": (
        "std::remove_reference<std::basic_string<char, std::char_traits<char>, std::allocator<char> >&>::type&& "
        "std::move<std::basic_string<char, std::char_traits<char>, std::allocator<char> >&>"
        "(std::basic_string<char, std::char_traits<char>, std::allocator<char> >&)"
    ),
    "_Z5applyPFviE": "apply(void (*)(int))",
    "_Z5applyRA3_i": "apply(int (&) [3])",
    "_Z5applyM1AKFivE": "apply(int (A::*)() const)",
    "_Z5applyM1Ai": "apply(int A::*)",
    "_Z4signv.constprop.0": "sign() [clone .constprop.0]",
    "_Z4signv.part.0.isra.1": "sign() [clone .part.0] [clone .isra.1]",
    "_ZZ4mainE5count": "main::count",
    "_ZZ3addiiE5total_0": "add(int, int)::total",
    "_ZZ4mainENKUliE_clEi": "main::{lambda(int)#1}::operator()(int) const",
    "_ZTV5Shape": "vtable for Shape",
    "_ZThn4_N1B1fEv": "non-virtual thunk to B::f()",
    "_ZGVZ4mainE4ring": "guard variable for main::ring",
    "_ZplRK1AS1_": "operator+(A const&, A const&)",
    "_ZN1AcvbEv": "A::operator bool()",
    "_ZlsR1AILi3ELb1EEc": "operator<<(A<3, true>&, char)",
    "_Z3logIJicEEvDpT_": "void log<int, char>(int, char)",
    "_Z3logIJEEvDpT_": "void log<>()",
    "_ZN4pathB5cxx114openEv": "path[abi:cxx11]::open()",
    "_ZdlPvj": "operator delete(void*, unsigned int)",
    "_Z1fDn": "f(decltype(nullptr))",
}

DAMAGED = [
    "_Z",
    "_ZN",
    "_Z3ad",
    "_Z999999999999add",
    "_ZN3addE_",
    "_Z3addS5_",
    "_Z3addT_",
    "_Z3addi!",
    "_Z²add",
    "_ZNE",
]


def doubling(levels: int) -> str:
    """A short name that stands for 2 ** levels letters: each type has the one before it twice."""
    name, repeated = "_Z1f1A", "S_"
    for index in range(1, 2 * levels, 2):
        name += f"1BI{repeated}{repeated}E"
        repeated = f"S{base_36(index)}_"
    return name


def base_36(number: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return (base_36(number // 36) if number >= 36 else "") + digits[number % 36]


@pytest.mark.parametrize("symbol", NAMES)
def test_mangled_names_read_as_c_plus_plus(symbol: str) -> None:
    assert demangled(symbol) == NAMES[symbol]


@pytest.mark.parametrize("symbol", DAMAGED)
def test_damaged_names_stay_as_they_are(symbol: str) -> None:
    assert demangled(symbol) == symbol


def test_names_that_stand_for_gigabytes_stay_as_they_are() -> None:
    begin = time.process_time()
    assert demangled(doubling(3)).count("A") == 2 + 4 + 8 + 1
    for levels in (20, 40, 200):
        assert demangled(doubling(levels)) == doubling(levels)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize("symbol", ["_Z1f" + "P" * 5000 + "i", "_Z1fI" * 2000, "_ZZ" * 3000, "_Z1fX" + "ps" * 4000])
def test_names_nested_too_deeply_stay_as_they_are(symbol: str) -> None:
    assert demangled(symbol) == symbol


@given(st.text(alphabet="_ZNSIETKPRFDCXLJAMUlt0123456789abvi", max_size=60))
def test_any_letters_end_in_a_name(letters: str) -> None:
    assert demangled(f"_Z{letters}")


@pytest.mark.parametrize("kind", ["arm-cpp", "arm-exceptions"])
def test_names_of_real_programs_read_as_the_binutils_print_them(kind: str) -> None:
    mangled = subprocess.run(
        ["arm-none-eabi-nm", builds.build(kind)], check=True, capture_output=True, text=True
    ).stdout
    names = sorted({word for word in mangled.split() if word.startswith("_Z")})
    result = subprocess.run(
        ["arm-none-eabi-c++filt"], input="\n".join(names), check=True, capture_output=True, text=True
    )
    assert len(names) > 15
    assert [demangled(name) for name in names] == result.stdout.splitlines()
