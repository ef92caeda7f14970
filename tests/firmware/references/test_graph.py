import subprocess
from functools import cache
from pathlib import Path

import pytest

from lilliput.errors import UsageError
from lilliput.firmware.accounting import account
from lilliput.firmware.firmware import Firmware
from lilliput.firmware.references.chains import Link, why
from lilliput.firmware.references.graph import ReferenceGraph, reference_graph
from lilliput.firmware.references.mentions import Kind
from lilliput.firmware.references.names import node_title
from lilliput.firmware.references.reachability import reach
from lilliput.firmware.references.removal import without
from lilliput.firmware.references.retained import retained
from lilliput.firmware.references.roots import Root
from tests.firmware import builds

TWO_FUNCTIONS = """
volatile int level;
__attribute__((noinline)) int other(int value) { return level * value; }
int _start(void) { return other(3) + level; }
"""


@pytest.mark.parametrize("kind", builds.KINDS)
def test_every_byte_that_is_neither_gap_nor_padding_is_a_node_that_a_root_reaches(kind: str) -> None:
    firmware, graph = _graph(kind)
    reached: set[int] = set()
    reach(graph.successors, [graph.entries[root] for root in graph.roots], reached)
    assert set(range(len(graph.nodes))) <= reached
    assert int(graph.nodes.flash_bytes.sum()) <= firmware.flash_bytes
    sizes = dict.fromkeys(graph.nodes.ranges.tolist(), 0)
    for index, size in zip(graph.nodes.ranges.tolist(), graph.nodes.sizes_bytes.tolist(), strict=True):
        sizes[index] += size
    assert all(size == firmware.ranges[index].size_bytes for index, size in sizes.items())


def test_references_without_relocations_are_those_with_them() -> None:
    assert _edges("arm") == _edges("arm-relocations")
    assert not _graph("arm")[1].from_relocations
    assert _graph("arm-relocations")[1].from_relocations


def test_the_start_up_code_does_not_refer_to_what_happens_to_stand_first_in_ram() -> None:
    assert ("Reset_Handler", "main") in _edges("arm")
    assert not {edge for edge in _edges("arm") if edge[0] == "Reset_Handler" and edge[1] in {"ticks", "_impure_ptr"}}


def test_a_table_of_functions_refers_to_each_of_them() -> None:
    assert {("operations", name) for name in ("add", "subtract", "multiply")} <= _edges("arm")


def test_the_vector_table_and_the_entry_point_are_roots() -> None:
    roots = _roots("arm")
    assert roots["vectors"] is Root.VECTORS
    assert roots["Reset_Handler"] is Root.ENTRY
    assert Root.UNEXPLAINED not in roots.values()


def test_what_only_the_command_line_of_the_linker_keeps_is_a_root_that_nobody_explains() -> None:
    assert _roots("arm-model")["g_model"] is Root.UNEXPLAINED


def test_a_function_is_unwound_with_its_table_and_this_needs_the_personality_routine() -> None:
    edges = _edges("arm-exceptions")
    assert any(source == "main" and ".ARM.exidx" in target for source, target in edges)
    assert any(target == "__gxx_personality_v0" for _, target in edges)


def test_unwinding_tables_of_other_machines_belong_to_their_functions(tmp_path: Path) -> None:
    builds.build("riscv")  # skips where there is no compiler
    (tmp_path / "two.c").write_text(TWO_FUNCTIONS, encoding="utf-8")
    command = "riscv64-unknown-elf-gcc -march=rv32im -mabi=ilp32 -O1 -ffunction-sections -fasynchronous-unwind-tables"
    link = "-nostdlib -Wl,--gc-sections -Wl,-Ttext=0x10000 -Wl,-Tdata=0x20000000 two.c -o two.elf"
    subprocess.run([*command.split(), *link.split()], cwd=tmp_path, check=True)
    firmware = account(tmp_path / "two.elf")
    graph = reference_graph(firmware)
    dropped = [each for each in without(firmware, graph, "other").dropped if not each.named]
    assert [each.name.partition(" ")[0] for each in dropped] == ["[.eh_frame]"]
    assert without(firmware, graph, "_start").flash_bytes == firmware.flash_bytes


def test_a_chain_says_what_keeps_a_symbol_from_the_entry_point_on() -> None:
    chain = why(*_graph("arm"), "_svfprintf_r")
    assert chain.root is Root.ENTRY
    assert [link.name for link in chain.links] == ["Reset_Handler", "main", "snprintf", "_snprintf_r", "_svfprintf_r"]
    assert chain.links[1] == Link("main", Kind.BRANCH, certain=True)
    assert chain.links[3].kind is None


def test_names_may_be_mangled_demangled_short_or_patterns() -> None:
    chains = [
        why(*_graph("arm-cpp"), name).links[-1].name for name in ("_ZZN6shapes5areasEvE4ring", "shapes::areas()::ring")
    ]
    chains += [why(*_graph("arm-cpp"), name).links[-1].name for name in ("shapes::areas*", "*::ring")]
    assert len(set(chains)) == 1


@pytest.mark.parametrize("pattern", ["lib drivers.a", "lib drivers.a(drivers.o)", "drivers.o", "driver_*"])
def test_libraries_and_objects_are_removed_by_name(pattern: str) -> None:
    removal = without(*_graph("arm"), pattern)
    assert {"driver_start", "driver_send"} <= {each.name for each in removal.dropped}
    assert ("main", "driver_send") in {(each.source, each.target) for each in removal.holders}


def test_a_name_that_does_not_exist_is_a_usage_error_with_one_like_it() -> None:
    with pytest.raises(UsageError, match="snprintff") as raised:
        without(*_graph("arm"), "snprintff")
    assert raised.value.advice == "Did you mean snprintf?"
    with pytest.raises(UsageError):
        why(*_graph("arm"), "lib drivers.a")


def test_what_the_linker_keeps_by_itself_is_said() -> None:
    assert without(*_graph("arm"), "vectors").kept == (("vectors", Root.VECTORS),)


@pytest.mark.parametrize("kind", ["arm", "arm-cpp", "riscv", "avr"])
def test_retained_sizes_of_symbols_are_those_of_their_removal(kind: str) -> None:
    firmware, graph = _graph(kind)
    names = [each.demangled for each in firmware.ranges if each.symbol >= 0]
    sizes = {each.name: each for each in retained(firmware, graph).symbols}
    for each in firmware.ranges:
        if each.symbol >= 0 and names.count(each.demangled) == 1:
            dropped = without(firmware, graph, each.name).dropped
            assert sizes[each.demangled].retained_flash_bytes == sum(lost.flash_bytes for lost in dropped), each.name


def test_without_the_main_program_almost_everything_goes() -> None:
    firmware, graph = _graph("arm")
    assert without(firmware, graph, "main").flash_bytes > 0.8 * firmware.flash_bytes


@cache
def _graph(kind: str) -> tuple[Firmware, ReferenceGraph]:
    elf = builds.build(kind)
    firmware = account(elf, map_file=builds.map_of(elf))
    return firmware, reference_graph(firmware)


def _edges(kind: str) -> set[tuple[str, str]]:
    firmware, graph = _graph(kind)
    pairs = zip(graph.references.sources.tolist(), graph.references.targets.tolist(), strict=True)
    return {(node_title(firmware, graph, source), node_title(firmware, graph, target)) for source, target in pairs}


def _roots(kind: str) -> dict[str, Root]:
    firmware, graph = _graph(kind)
    return {node_title(firmware, graph, node): root for node, root in graph.roots.items()}
