"""Photographs the page in docs/size.md: `python docs/images/photograph.py REPORT.html` writes size-page.png beside it.

The report is that of examples/size, by `lilliput size build/firmware.elf --map build/firmware.map --html REPORT.html`.
Needs playwright and Debian's chromium.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).with_name("size-page.png")

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
    page = browser.new_page(viewport={"width": 1200, "height": 1180})
    page.goto(Path(sys.argv[1]).resolve().as_uri())
    page.wait_for_selector("#treemap .slicetext")
    page.screenshot(path=PICTURE)
    browser.close()
