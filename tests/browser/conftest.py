"""Chromium, once for all browser tests; every person in them has a window of their own, as wide as a phone."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from people.models import Person
from tests.browser.window import Window

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's own loop runs in the thread of the tests
PROGRAMS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
"""The first is Chromium without its windows, which takes a quarter of the time away."""
CHROMIUM = os.environ.get("CHROMIUM") or next((program for program in PROGRAMS if Path(program).exists()), PROGRAMS[-1])
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def window_of(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[[Person], Window]]:
    """Opens a window in which somebody signs in by hand: `window_of(acme.approver)`."""
    contexts = []

    def open_window(person: Person, *, width: int = 390, height: int = 844) -> Window:
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB", timezone_id="Europe/Stockholm")
        contexts.append(context)
        page: Page = context.new_page()
        return Window(page, live_server.url, person)

    yield open_window
    for context in contexts:
        context.close()
