"""Write the index of the chips that the package modm-devices describes; with --check, fail when it is not up to date.

Reading the package's files takes ten seconds and more, reading the index some milliseconds. Chips that differ in
package or temperature alone are one entry. What the files have wrong is corrected here from data sheets.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import modm_devices
from modm_devices.device import Device
from modm_devices.parser import DeviceParser

INDEX = Path(__file__).parents[1] / "src/lilliput/chips/modm_index.json"
DEVICES = Path(modm_devices.__file__).parent / "resources/devices"
TIGHTLY_COUPLED = ("ITCM", "DTCM", "CCM")
RETENTION = ("BACKUP", "BKPSRAM", "LPRAM")

# What stands twice under another address, or is no flash and no RAM.
LEFT_OUT_REGIONS = re.compile(r"eeprom|itcm_flash|itcm_ram|code|.*_s")
# What the files call CCM is SRAM2 on the STM32L4 (RM0351, RM0394, RM0432): all of the chip reaches it.
RENAMED_REGIONS = ((r"stm32l4.*", "ccm", "sram2"),)
# RP2040 and RP2350 are described by curated.toml, with the flash beside them. STM32G4 parts that end in Z carry
# firmware of their maker, and the files disagree with themselves about how much flash that leaves.
LEFT_OUT_PARTS = re.compile(r"rp.*|stm32g4.*z")

# Reference manuals of the families, and "Features" on the first page of the data sheets: the highest clock in Hz.
CLOCKS_HZ = (
    (r"nrf51.*", 16_000_000),  # nRF51 Series Reference Manual
    (r"nrf52.*", 64_000_000),  # nRF52832, nRF52840 Product Specification
    (r"nrf53.*@app", 128_000_000),  # nRF5340 Product Specification
    (r"nrf53.*@net", 64_000_000),
    (r"sam(d09|d1|d2|da1|l21|g51|g53).*", 48_000_000),  # DS40001882 (SAM D21), DS60001477 (SAM L21)
    (r"saml22.*", 32_000_000),  # DS60001465
    (r"sam(d5|e5).*", 120_000_000),  # DS60001507
    (r"samg54.*", 96_000_000),
    (r"samg55.*", 120_000_000),  # Atmel-11289
    (r"sam(e7|s7|v7).*", 300_000_000),  # DS60001527
    (r"attiny(4|5|9|10)-.*", 12_000_000),  # Atmel-8127
    (r"attiny[48]5v.*", 10_000_000),  # Atmel-2586
    (r"stm32l4[pqrs].*", 120_000_000),  # RM0432, DS12023
    (r"stm32g4.*", 170_000_000),  # RM0440
    (r"stm32u3.*", 96_000_000),  # RM0487
    (r"stm32h7[rs].*", 600_000_000),  # RM0477
)

# Sizes in kilobytes of the regions that the files lack or have wrong.
REGIONS_KB: tuple[tuple[str, dict[str, int], str], ...] = (
    (r"samd20.14.*", {"ram": 2}, "SAM D20 data sheet DS60001504"),
    (r"samd20.15.*", {"ram": 4}, "SAM D20 data sheet DS60001504"),
    (r"samd20.16.*", {"ram": 8}, "SAM D20 data sheet DS60001504"),
    (r"samd20.17.*", {"ram": 16}, "SAM D20 data sheet DS60001504"),
    (r"samd20.18.*", {"ram": 32}, "SAM D20 data sheet DS60001504"),
    (r"stm32f303.b.*", {"sram": 32}, "STM32F303xB data sheet DS9118"),
    (r"stm32f730.8.*", {"flash": 64}, "STM32F730x8 data sheet DS12536"),
    (r"stm32f750.8.*", {"flash": 64}, "STM32F750x8 data sheet DS12535"),
    (r"stm32l4[79]..g.*", {"flash": 1024}, "STM32L476xx data sheet DS10198"),
    (r"stm32l496.e.*", {"flash": 512}, "STM32L496xx data sheet DS11585"),
)


@dataclass(frozen=True)
class Part:
    """One orderable part: what the index says of it, and the chip and variant that it belongs to."""

    number: str
    chip: str
    variant: str
    entry: tuple[str, str, int, tuple[tuple[str, int, str, int], ...], str]


def main() -> None:
    """Write or check the index."""
    text = index_text()
    if "--check" in sys.argv[1:]:
        current = INDEX.read_text(encoding="utf-8") if INDEX.exists() else ""
        sys.exit(current != text and f"{INDEX.name} is out of date: run tools/write_chip_index.py")
    INDEX.write_text(text, encoding="utf-8")


def index_text() -> str:
    """The index: `files`, of each its chips as [name, family, core, clock, layout, correction, parts]; `layouts`."""
    layouts: dict[Any, int] = {}
    files = [
        f" {json.dumps(path.relative_to(DEVICES).as_posix())}: [\n  {chips}\n ]"
        for path in sorted(DEVICES.glob("*/*.xml"))
        if (chips := ",\n  ".join(json.dumps(chip) for chip in _chips(list(_parts(path)), layouts)))
    ]
    regions = ",\n ".join(json.dumps(layout) for layout in layouts)
    source = json.dumps(f"modm-devices {version('modm-devices')}")
    licence = '"MPL-2.0, https://mozilla.org/MPL/2.0/"'
    body = ",\n".join(files)
    return f'{{"source": {source}, "license": {licence},\n"layouts": [\n {regions}\n],\n"files": {{\n{body}\n}}}}\n'


def _chips(parts: list[Part], layouts: dict[Any, int]) -> Iterator[list[Any]]:
    """The chips of one file: parts that the index says the same of; a variant is named where it tells chips apart."""
    for chip in sorted({part.chip for part in parts}):
        same = [part for part in parts if part.chip == chip]
        by_entry = {entry: [part for part in same if part.entry == entry] for entry in {part.entry for part in same}}
        for entry, members in sorted(by_entry.items(), key=lambda item: item[1][0].number):
            variant = members[0].variant if len(by_entry) > 1 else ""
            family, core, clock_hz, regions, correction = entry
            layout = layouts.setdefault(regions, len(layouts))
            numbers = " ".join(sorted(part.number for part in members))
            yield [chip + variant, family, core, clock_hz, layout, correction, numbers]


def _parts(path: Path) -> Iterator[Part]:
    file = DeviceParser().parse(os.fspath(path))
    for driver in list(file.rootnode.iter("driver")):
        if driver.get("name") not in ("core", "rcc"):
            driver.getparent().remove(driver)
    for device in file.get_devices():
        if not LEFT_OUT_PARTS.fullmatch(device.partname):
            yield _part(device)


def _part(device: Device) -> Part:
    properties: Any = device.properties
    drivers = properties["driver"]
    core = next(driver for driver in drivers if driver["name"] == "core")
    frequencies = [int(text) for driver in drivers for key in ("max-frequency", "fcpu") for text in driver.get(key, [])]
    known = [clock_hz for pattern, clock_hz in CLOCKS_HZ if re.fullmatch(pattern, device.partname)]
    corrections = [(sizes, source) for pattern, sizes, source in REGIONS_KB if re.fullmatch(pattern, device.partname)]
    sizes_kb, correction = corrections[0] if corrections else ({}, "")
    chip, variant, family = _names(device)
    renamed = {old: new for pattern, old, new in RENAMED_REGIONS if re.fullmatch(pattern, device.partname)}
    memories: list[dict[str, Any]] = [
        {**memory, "name": renamed.get(memory["name"], memory["name"])} for memory in core["memory"]
    ]
    regions = tuple(_regions(memories, sizes_kb))
    type_ = "avr8" if core["type"].startswith("avr8") else core["type"]
    clock_hz = known[0] if known else frequencies[0]
    return Part(device.partname.upper(), chip, variant, (family, type_, clock_hz, regions, correction))


def _regions(memories: list[dict[str, Any]], sizes_kb: dict[str, int]) -> Iterator[tuple[str, int, str, int]]:
    """(name, bytes, kind, address) of each region; -1 is no address."""
    sizes_bytes = {memory["name"]: int(memory["size"]) for memory in memories}
    sizes_bytes |= {name: size_kb << 10 for name, size_kb in sizes_kb.items()}
    addresses = {memory["name"]: int(memory.get("start", "-1"), 0) for memory in memories}
    for memory, size_bytes in sizes_bytes.items():
        if not LEFT_OUT_REGIONS.fullmatch(memory):
            name = memory.removesuffix("_ns").upper().replace("_", " ").replace("FLASH", "flash")
            yield name, size_bytes, _kind(name), addresses.get(memory, -1)


def _kind(name: str) -> str:
    if name.startswith("flash"):
        return "flash"
    return "tightly-coupled" if name in TIGHTLY_COUPLED else "retention" if name in RETENTION else "ram"


def _names(device: Device) -> tuple[str, str, str]:
    """The chip's name without package and temperature, what tells variants of it apart, and its family."""
    key: Any = device.identifier
    core = f"@{key['core']}" if key["core"] else ""
    stem = re.split("[-@]", device.partname)[0].upper()
    match key["platform"]:
        case "stm32":
            chip = f"stm32{key['family']}{key['name']}{key['pin']}{key['size']}".upper()
            return chip + core, "-A" if key["variant"] == "a" else "", f"STM32{key['family'].upper()}"
        case "nrf":
            family = f"nRF{key['family']}"
            return f"{family}{key['series']}{core}", f"-xx{key['function'].upper()}", family
        case "sam":
            return f"AT{stem}", "", f"SAM{key['series'].upper()}"
        case _:
            return re.sub("^AT(MEGA|TINY)", lambda match: f"AT{match[1].lower()}", stem), "", f"AT{key['family']}"


if __name__ == "__main__":
    main()
