"""Chips against what their makers and others publish, one row a chip; the last column says where that can be read."""

import pytest

from lilliput import chips

F1, F1_LARGE, F1_LINE = (
    "ST, DocID13587 Rev 17, page 1",
    "ST, Doc ID 14611 Rev 8, page 1",
    "ST, DocID15274 Rev 9, page 1",
)
OVERVIEW = "ST's overview in the Linux kernel's documentation, arch/arm/stm32"
PROBE = "memory map of the maker's device pack, as probe.rs shows it"
CLOCKS = "pystlink, STM32 coding matrix"
D20 = "Microchip, SAM D20 data sheet, 1 Configuration Summary"
E5X = "Microchip, SAM D5x/E5x data sheet, 1 Configuration Summary"
L2X = "Microchip, SAM L22, L21 and D21, 1 Configuration Summary, table 1-1"
NRF54 = "Nordic, nRF54L15 data sheet, Features and peripherals"
NRF53 = "Zephyr documentation, nRF5340 DK; device tree nrf5340_cpuapp_qkaa.dtsi"
ESP = "Espressif, ESP-IDF v5.0, Chip Series Comparison, less the caches of the data sheet"

# Flash, RAM without retention, retention RAM in kilobytes; MHz; None where the document does not say.
PUBLISHED = (
    ("STM32F103C8", 64, 20, 0, 72, F1),
    ("STM32F103CB", 128, 20, 0, 72, F1),
    ("STM32F103RE", 512, 64, 0, 72, F1_LARGE),
    ("STM32F103ZE", 512, 64, 0, 72, F1_LARGE),
    ("STM32F105R8", 64, 64, 0, 72, F1_LINE),
    ("STM32F107VC", 256, 64, 0, 72, F1_LINE),
    ("STM32F303CC", 256, 48, 0, 72, "ST, DocID023353 Rev 13 (DS9118), page 1"),
    ("STM32F303CB", 128, 40, 0, 72, f"{PROBE}; DocID023353 Rev 13"),
    ("STM32F401CC", 256, 64, 0, None, "SimpleFOC documentation, STM32F4xx Family"),
    ("STM32F401RE", 512, 96, 0, None, "SimpleFOC documentation, STM32F4xx Family"),
    ("STM32F405RG", 1024, 192, 4, 168, "STM32World, MCUSTM32F405; ST, RM0090"),
    ("STM32F746NG", 1024, 336, 4, 216, f"{OVERVIEW}; 16 KB of ITCM come on top"),
    ("STM32F767ZI", 2048, 528, 4, 216, "ST, DS11532, page 1: 512 KB with DTCM, 16 KB of ITCM, 4 KB of backup SRAM"),
    ("STM32F769NI", 2048, 528, 4, 216, f"{OVERVIEW}; 16 KB of ITCM come on top"),
    ("STM32H743ZI", 2048, 1056, 4, None, "stm32h7xx-hal 0.11, memory.x"),
    ("STM32H750VB", 128, 1056, 4, 480, f"{OVERVIEW}; regions as the STM32H743's"),
    ("STM32F030C6", 32, 4, 0, None, PROBE),
    ("STM32F030C8", 64, 8, 0, None, PROBE),
    ("STM32F030CC", 256, 32, 0, None, PROBE),
    ("STM32G0B0VE", 512, 144, 0, None, PROBE),
    ("STM32G441RB", 128, 32, 0, 170, f"{PROBE}; {CLOCKS}"),
    ("STM32G474RE", 512, 128, 0, 170, "RIOT documentation, Nucleo-G474RE; ST, UM2505"),
    ("STM32L151VE", 512, 80, 0, 32, f"{PROBE}; {CLOCKS}"),
    ("STM32L151VD", 384, 48, 0, 32, f"{PROBE}; {CLOCKS}"),
    ("STM32L412CB", 128, 40, 0, None, "SimpleFOC documentation, STM32L4xx Family"),
    ("STM32L451CC", 256, 160, 0, None, PROBE),
    ("STM32L476VG", 1024, 128, 0, 80, "RIOT documentation, STM32L476G-DISCO"),
    ("STM32U545RE", 512, 272, 2, 160, "ST, product page STM32U545RE: 274 KB of SRAM together"),
    ("STM32U575ZI", 2048, 784, 2, 160, "ST, description of the STM32U575xx: 786 KB of SRAM together"),
    ("ATSAMD20E14A", 16, 2, 0, 48, D20),
    ("ATSAMD20G15A", 32, 4, 0, 48, D20),
    ("ATSAMD20J16A", 64, 8, 0, 48, D20),
    ("ATSAMD20G17A", 128, 16, 0, 48, D20),
    ("ATSAMD20J18A", 256, 32, 0, 48, D20),
    ("ATSAME53N20A", 1024, 256, 8, None, E5X),
    ("ATSAME53N19A", 512, 192, 8, None, E5X),
    ("ATSAME53J18A", 256, 128, 8, None, E5X),
    ("ATSAML21J18B", 256, 32, 8, None, L2X),
    ("ATSAML21E15B", 32, 4, 2, None, L2X),
    ("ATSAML22N18A", 256, 32, 0, None, L2X),
    ("ATSAMD21J18A", 256, 32, 0, None, L2X),
    ("nRF52805", 192, 24, 0, None, PROBE),
    ("nRF52810", 192, 24, 0, None, PROBE),
    ("nRF52833", 512, 128, 0, None, PROBE),
    ("nRF52840", 1024, 256, 0, 64, "PlatformIO documentation, nRF52840-DK"),
    ("nRF5340@app", 1024, 512, 0, 128, NRF53),
    ("nRF5340@net", 256, 64, 0, 64, NRF53),
    ("nRF54L15", 1524, 256, 0, None, NRF54),
    ("nRF54L10", 1012, 192, 0, None, NRF54),
    ("nRF54L05", 500, 96, 0, None, NRF54),
    ("RP2040", 16384, 264, 0, 133, "MicroPython 1.29 documentation, rp2 port"),
    ("RP2350", 16384, 520, 0, 150, "SparkFun, Pro Micro RP2350: 520 kB in ten banks"),
    ("ESP32-C3", 8192, 384, 8, 160, f"{ESP}; Zephyr documentation, ESP32-C3 Features"),
    ("ESP32-S2", 11776, 288, 16, 240, ESP),
    ("ESP32-S3", 32768, 480, 16, 240, ESP),
    ("LPC55S69", 630, 320, 0, None, "NXP, AN12949, section 2.1; 10 of 640 KB are reserved"),
    ("R7FA4T1BB", 256, 40, 0, 100, "Renesas, R01DS0415EJ0110, page 1"),
    ("MKL25Z128", 128, 16, 0, 48, "Zephyr documentation, FRDM-KL25Z"),
    ("MIMXRT1064", 4096, 1024, 0, 600, "MicroPython documentation, mimxrt port"),
)


@pytest.mark.parametrize(
    ("name", "flash_kb", "ram_kb", "retention_kb", "megahertz", "source"), PUBLISHED, ids=[row[0] for row in PUBLISHED]
)
def test_a_chip_has_the_memory_and_clock_that_are_published(
    name: str, flash_kb: int, ram_kb: int, retention_kb: int, megahertz: int | None, source: str
) -> None:
    chip = chips.find_one(name)
    retention_bytes = sum(region.size_bytes for region in chip.ram if region.kind == "retention")
    assert chip.name == name
    assert (chip.flash_bytes, chip.ram_bytes, retention_bytes) == (flash_kb << 10, ram_kb << 10, retention_kb << 10), (
        source
    )
    assert megahertz is None or chip.clock_hz == megahertz * 1_000_000, source


@pytest.mark.parametrize(
    ("name", "regions", "source"),
    [
        (
            "STM32H743ZI",
            {"ITCM": 64, "DTCM": 128, "D1 SRAM": 512, "D2 SRAM1": 128, "D2 SRAM2": 128, "D2 SRAM3": 32, "D3 SRAM": 64},
            "stm32h7xx-hal 0.11, memory.x",
        ),
        ("STM32F767ZI", {"ITCM": 16, "DTCM": 128, "SRAM1": 368, "SRAM2": 16}, "ST, DS11532, page 1"),
        ("STM32F303CC", {"SRAM": 40, "CCM": 8}, "ST, DocID023353 Rev 13, page 1"),
        ("STM32G441RB", {"CCM": 10, "SRAM1": 16, "SRAM2": 6}, PROBE),
        ("STM32U575CG", {"SRAM1": 192, "SRAM2": 64, "SRAM3": 512, "SRAM4": 16}, f"{PROBE}; SRAM4: RM0456"),
        ("STM32L451CC", {"SRAM1": 128, "SRAM2": 32}, PROBE),
    ],
)
def test_regions_of_ram_stand_apart(name: str, regions: dict[str, int], source: str) -> None:
    found = {region.name: region.size_bytes >> 10 for region in chips.find_one(name).ram if region.kind != "retention"}
    assert found == regions, source
