"""A page of `lilliput size --html` in a real Chromium, and what it said and asked for meanwhile."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page


@contextmanager
def opened(
    chromium: Browser, file: Path, *, width: int = 1200, scheme: Literal["light", "dark"] = "light"
) -> Generator[Page]:
    """The page, drawn. At the end it must have kept the console empty and have asked for nothing but itself."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(file.as_uri())
        page.wait_for_selector(".main-svg")
        yield page
        assert said == []
        assert asked == [file.as_uri()]
    finally:
        context.close()
