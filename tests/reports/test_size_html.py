"""The page of `lilliput size --html` in a real browser: it draws, zooms, searches and asks for nothing."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lilliput.firmware.difference import compare
from lilliput.firmware.history import Measurement
from lilliput.firmware.report import SizeReport
from lilliput.firmware.revision import Revision
from lilliput.firmware.snapshot import Snapshot, Total
from lilliput.reports.size_html import size_page
from tests.firmware.accounts import account_of, flash_range
from tests.firmware.snapshots import entry, snapshot
from tests.reports.chromium import opened
from tests.reports.test_size_changes import NEW, OLD

ATTACK = "</script><img src=https://example.com/x onerror=alert(1)><a href='//example.com'>{{ 7 * 7 }}</a>&lt;b&gt;"
MOMENT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def report_of(shown: Snapshot, old: Snapshot | None = None) -> SizeReport:
    regions = shown.regions
    firmware = replace(account_of(b"1234", flash_range("f", 4)), regions=regions)
    return SizeReport(firmware, shown, (), None if old is None else compare(old, shown))


def measurement(day: int, flash_bytes: int, name: str = "firmware.elf", group: str = "model") -> Measurement:
    groups = (Total(group, flash_bytes, 100),)
    revision = Revision(f"{day:08x}abcdef", "main")
    return Measurement(MOMENT + timedelta(days=day), name, revision, "GCC 12", flash_bytes, 100, (), groups)


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    return tmp_path / "report.html"


def write(file: Path, report: SizeReport | None, measurements: Sequence[Measurement] = ()) -> Path:
    file.write_bytes(size_page(report, measurements))
    return file


def tile(page: Page, name: str) -> tuple[float, float]:
    """Where the name of a tile is drawn, to be clicked; a tile's middle is that of what is in it."""
    box = page.locator("#treemap .slicetext").filter(has_text=re.compile(f"^{re.escape(name)}")).first.bounding_box()
    assert box is not None
    return box["x"] + 3, box["y"] + box["height"] / 2


def is_drawn(page: Page, name: str) -> bool:
    """Whether a tile in the treemap shows a name that begins so."""
    texts = page.locator("#treemap .slicetext").all_text_contents()
    assert any(texts)
    return any(text.startswith(name) for text in texts)


def symbols(page: Page) -> list[str]:
    return page.locator("#symbols tbody td.name bdi").all_inner_texts()


def test_a_click_on_a_group_zooms_the_treemap_and_narrows_the_table(chromium: Browser, page_file: Path) -> None:
    with opened(chromium, write(page_file, report_of(NEW))) as page:
        assert page.title() == "new.elf"
        assert page.locator("header p").first.inner_text() == "5,480 bytes of flash, 2,092 bytes of static RAM"
        assert all(is_drawn(page, group) for group in ("model", "application", "framework"))
        expect(page.locator("#symbols tbody tr")).to_have_count(len(NEW.entries))
        page.mouse.click(*tile(page, "framework"))
        expect(page.locator("#leave")).to_have_text("in framework ×")
        assert not is_drawn(page, "model")
        assert symbols(page) == ["void ai::run<float>(float)", "fast"]
        expect(page.locator("#matches")).to_have_text("2 rows, 260 bytes of flash, 40 of RAM")
        page.locator("#leave").click()
        expect(page.locator("#symbols tbody tr")).to_have_count(len(NEW.entries))
        assert is_drawn(page, "model")


def test_the_treemap_shows_flash_or_ram(chromium: Browser, page_file: Path) -> None:
    with opened(chromium, write(page_file, report_of(NEW))) as page:
        page.get_by_text("RAM", exact=True).first.click()
        expect(page.locator("#treemap .slicetext").filter(has_text="2,048").first).to_be_visible()
        assert not is_drawn(page, "model")
        page.locator("#symbols").get_by_text("model", exact=True).first.click()
        expect(page.locator("#note")).to_be_visible()
        page.get_by_text("Flash", exact=True).click()
        expect(page.locator("#note")).to_be_hidden()
        assert is_drawn(page, "model")


def test_the_table_is_searched_and_sorted(chromium: Browser, page_file: Path) -> None:
    with opened(chromium, write(page_file, report_of(NEW))) as page:
        page.locator("#search").fill("AI:: run.o")
        assert symbols(page) == ["void ai::run<float>(float)"]
        page.locator("#search").fill("no such symbol")
        expect(page.locator("#matches")).to_have_text("0 rows, 0 bytes of flash, 0 of RAM")
        page.locator("#search").fill("main.o")
        assert symbols(page) == ["main", "step.constprop.0", "counter"]
        page.get_by_role("button", name="symbol").click()
        assert symbols(page) == ["counter", "main", "step.constprop.0"]
        page.get_by_role("button", name="flash").click()
        page.get_by_role("button", name="flash").click()
        assert symbols(page) == ["counter", "step.constprop.0", "main"]


def test_a_compared_firmware_is_coloured_by_what_changed(chromium: Browser, page_file: Path) -> None:
    with opened(chromium, write(page_file, report_of(NEW, OLD)), scheme="dark") as page:
        expect(page.locator("header .change")).to_contain_text("flash 5,835 -> 5,480 bytes (-355, -6.1%)")
        assert symbols(page)[:3] == ["weights|*`<b>`", "g_model", "old_driver"]
        assert page.locator("#symbols tbody tr").nth(2).inner_text().split() == [
            "−400",
            "old_driver",
            "removed",
            "application",
            "driver.o",
        ]
        assert not is_drawn(page, "old_driver")
        page.get_by_text("Change", exact=True).click()
        expect(page.locator("#treemap .slicetext").filter(has_text="old_driver").first).to_contain_text("−400")
        red, _, blue = colour(page, "old_driver")
        assert blue > red
        red, _, blue = colour(page, "main")
        assert red > blue


def colour(page: Page, name: str) -> tuple[int, ...]:
    """The red, green and blue of a tile."""
    slice_ = page.locator("#treemap .slice").filter(has_text=re.compile(f"^{re.escape(name)}[+−]"))
    fill = slice_.locator("path.surface").first.evaluate("path => getComputedStyle(path).fill")
    return tuple(map(int, re.findall(r"\d+", fill)[:3]))


def test_names_in_a_firmware_are_text_and_nothing_else(chromium: Browser, page_file: Path) -> None:
    hostile = snapshot(
        entry("f", 5000, demangled=ATTACK, place=f"{ATTACK}({ATTACK})", group=ATTACK),
        entry("half \udc80 of a character", 3000),
        entry("<b>bold</b>", 4000, place="<i>.o"),
        name=ATTACK,
    )
    hostile = replace(hostile, regions=(replace(hostile.regions[0], name=ATTACK),))
    measurements = [measurement(day, 1000 + day, ATTACK, ATTACK) for day in range(2)]
    with opened(chromium, write(page_file, report_of(hostile), measurements)) as page:
        assert page.title() == ATTACK
        assert page.locator("h1").inner_text() == ATTACK
        assert page.locator("#history h3").inner_text() == ATTACK
        assert ATTACK in symbols(page)
        assert is_drawn(page, "<b>bold</b>")
        page.mouse.move(*tile(page, "<b>bold</b>"))
        expect(page.locator("#treemap .hovertext")).to_contain_text("<i>.o")
        assert page.locator("img, a[href*=example]").count() == 0


def test_the_page_of_a_history_shows_every_firmware_over_time(chromium: Browser, page_file: Path) -> None:
    measurements = [measurement(day, size) for day, size in enumerate((1000, 1000, 1240))]
    measurements.append(measurement(3, 50, "bootloader.elf"))
    with opened(chromium, write(page_file, None, measurements)) as page:
        assert page.locator("#history h3").all_inner_texts() == ["firmware.elf", "bootloader.elf"]
        charts = page.locator("#history .js-plotly-plot")
        expect(charts).to_have_count(2)
        points = charts.first.locator(".points path")
        expect(points).to_have_count(6)
        box = points.nth(2).bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        hover = charts.first.locator(".hovertext")
        for text in ("flash 1,240 bytes (+240)", "00000002 on main", "2026-01-07 09:30 UTC", "model +240"):
            expect(hover).to_contain_text(text)


def test_an_empty_history_says_so(chromium: Browser, page_file: Path) -> None:
    write(page_file, None)
    page = chromium.new_page()
    page.goto(page_file.as_uri())
    assert page.locator("#history").inner_text() == "Nothing is recorded of this firmware and branch."
    page.close()


@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_is_as_wide_as_the_window(chromium: Browser, page_file: Path, width: int) -> None:
    named = snapshot(*NEW.entries, entry("Very" * 200, 900, place=f"{'folder/' * 40}file.o"), name="long" * 60)
    report, measurements = report_of(named, OLD), [measurement(day, 1000 + day) for day in range(40)]
    with opened(chromium, write(page_file, report, measurements), width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_hundred_thousand_symbols_make_a_page_that_draws(chromium: Browser, page_file: Path) -> None:
    many = [
        entry(f"symbol_{number}", 1 + number % 997, place=f"library{number % 7}.a(part{number % 800}.o)")
        for number in range(100_000)
    ]
    write(page_file, report_of(snapshot(*many)))
    without_symbols = len(size_page(report_of(snapshot(many[0]))))
    assert page_file.stat().st_size < without_symbols + 1_000_000
    with opened(chromium, page_file) as page:
        total = sum(each.flash_bytes for each in many)
        expect(page.locator("#matches")).to_contain_text(f"{total:,} bytes of flash")
        expect(page.locator("#symbols tbody tr")).to_have_count(200)
        page.locator("#more").click()
        expect(page.locator("#symbols tbody tr")).to_have_count(400)
        page.locator("#search").fill("others")
        expect(page.locator("#symbols tbody tr").first).to_contain_text(re.compile(r"[\d,]+ others"))
