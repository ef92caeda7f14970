"""Which source labels a byte, on sections made up for the test."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lilliput.codegen.csource import Label, Part
from lilliput.firmware.elf import Section
from lilliput.footprint.labels import Claim, label_section

FIRST, SECOND = Label(Part.KERNELS, "first"), Label(Part.GRAPH, "second")


def section(data: bytes, address: int = 0) -> Section:
    return Section(
        index=1,
        name=".text",
        address=address,
        load_address=address,
        size_bytes=len(data),
        alignment_bytes=4,
        kind=1,
        allocated=True,
        writable=False,
        executable=True,
        has_bytes=True,
        compressed=False,
        link=0,
        info=0,
        data=memoryview(data),
    )


claims = st.lists(
    st.tuples(st.integers(0, 70), st.integers(0, 70), st.sampled_from((FIRST, SECOND))).map(
        lambda item: (min(item[:2]), max(item[:2]), item[2])
    )
).map(lambda items: sorted(items, key=lambda claim: claim[:2]))


def first_claim(kinds: list[list[Claim]], address: int) -> Label | None:
    """The label of `address` by definition: byte by byte, the first kind that covers it, its first claim."""
    for kind in kinds:
        for start, end, label in kind:
            if start <= address < end:
                return label
    return None


@settings(deadline=None)
@given(kinds=st.lists(claims, max_size=3))
def test_every_byte_has_the_label_of_the_first_claim_on_it(kinds: list[list[Claim]]) -> None:
    labelled = label_section(section(b"\1" * 60, address=5), kinds, "arm")
    fallback = Label(Part.KERNELS, "section .text")
    assert [label for start, end, label in labelled for _ in range(start, end)] == [
        first_claim(kinds, address) or fallback for address in range(5, 65)
    ]


def test_fill_before_an_aligned_item_is_padding() -> None:
    labelled = label_section(section(b"\1" * 5 + b"\0" * 3 + b"\1" * 4), [[(0, 5, FIRST), (8, 12, SECOND)]], "arm")
    assert [(start, end, label.part) for start, end, label in labelled][1] == (5, 8, Part.PADDING)


def test_bytes_that_alignment_does_not_explain_are_not_padding() -> None:
    for used, hole in ((8, b"\0" * 4), (5, b"\0\7\0"), (96, b"\0" * 32), (80, b"\0" * 48)):
        labelled = label_section(section(b"\1" * used + hole), [[(0, used, FIRST)]], "arm")
        assert labelled[-1] == (used, used + len(hole), Label(Part.KERNELS, "section .text"))


def test_no_operations_of_the_machine_are_padding() -> None:
    for machine, fill in (("arm", b"\xc0\x46"), ("arm", b"\x00\xbf"), ("riscv", b"\x01\x00")):
        for one_machine in ("arm", "riscv"):
            labelled = label_section(section(b"\1\1" + fill), [[(0, 2, FIRST)]], one_machine)
            assert (labelled[-1][2].part is Part.PADDING) == (machine == one_machine)
