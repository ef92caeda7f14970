import time
from dataclasses import replace

import pytest

from lilliput.firmware.debug.attribution import line_bytes
from tests.firmware import builds
from tests.firmware.debug.firmwares import accounted

_UNIT = """\
#include <algorithm>
#include <map>
#include <string>
#include <vector>
struct Item{n} {{ int count; std::string name; bool operator<(const Item{n}& o) const {{ return count < o.count; }} }};
static inline int square(int value) {{ return value * value + {n}; }}
int work{n}(std::vector<int>& values, std::map<std::string, Item{n}>& items)
{{
    std::sort(values.begin(), values.end(), [](int a, int b) {{ return a % ({n} + 2) < b % ({n} + 2); }});
    std::vector<Item{n}> sorted;
    for (auto& each : items) sorted.push_back(each.second);
    std::sort(sorted.begin(), sorted.end());
    int sum = 0;
    for (auto& each : sorted) sum += square(each.count) + each.name.size();
    return sum;
}}
int start{n}() {{ std::vector<int> v{{3, 1, {n}}}; std::map<std::string, Item{n}> m; return work{n}(v, m); }}
"""
_UNITS = 8
_MAIN = (
    "".join(f"int start{n}();" for n in range(_UNITS))
    + "int main() { return "
    + " + ".join(f"start{n}()" for n in range(_UNITS))
    + "; }"
)


@pytest.mark.slow
def test_two_megabytes_with_full_debug_information_take_less_than_five_seconds() -> None:
    texts = (("exceptions.cc", _MAIN), *((f"unit{n}.cc", _UNIT.format(n=n)) for n in range(_UNITS)))
    base = builds.RECIPES["arm-exceptions"]
    path = builds.link(replace(base, texts=texts, compile_flags=(*base.compile_flags, "-g3")), "large")
    assert path.stat().st_size > 2 << 20
    begun = time.process_time()
    lines = line_bytes(accounted(path))
    assert time.process_time() - begun < 5
    assert not lines.unread
    assert len(lines.inlined) > 1000
