"""Numbers -> Elf: small values for tests of what reads an Elf, without any file."""

from lilliput.firmware.elf import Elf, Section, Symbol, SymbolKind


def section(
    name: str,
    address: int,
    size_bytes: int = 0,
    *,
    data: bytes | None = None,
    load_address: int | None = None,
    index: int = 0,
    alignment_bytes: int = 4,
    writable: bool = False,
    executable: bool = False,
) -> Section:
    """A section with the bytes `data`, or without bytes and `size_bytes` long."""
    return Section(
        index=index,
        name=name,
        address=address,
        load_address=address if load_address is None else load_address,
        size_bytes=size_bytes if data is None else len(data),
        alignment_bytes=alignment_bytes,
        kind=8 if data is None else 1,
        allocated=True,
        writable=writable,
        executable=executable,
        compressed=False,
        has_bytes=data is not None,
        link=0,
        info=0,
        data=memoryview(data or b""),
    )


def symbol(
    name: str,
    address: int,
    size_bytes: int = 0,
    kind: SymbolKind = SymbolKind.FUNCTION,
    *,
    is_global: bool = True,
    is_weak: bool = False,
    section: int = 0,
    file: str = "",
) -> Symbol:
    """A symbol, global unless told."""
    return Symbol(name, address, size_bytes, kind, section, is_global, file, is_weak)


def elf(*sections: Section, symbols: tuple[Symbol, ...] = (), machine: str = "arm") -> Elf:
    """An Elf of these sections, which must be numbered from 0."""
    return Elf(
        name="test.elf",
        bits=32,
        machine=machine,
        flags=0,
        little_endian=True,
        entry=0,
        sections=sections,
        segments=(),
        symbols=symbols,
    )
