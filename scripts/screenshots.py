"""Makes the pictures of the README from the demo data: `make screenshots`.

A throw-away installation is made in a temporary folder, served from this process on a free port as if it were a
certain Wednesday, so that the same pictures come out on every day, and photographed in Chromium.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import django
import time_machine
from django.core.management import call_command
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
DEMO_BEGAN = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 18, 13, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Picture:
    """A page of the demo: whose, where, how large, and what to press on the way."""

    name: str
    who: str
    path: str
    width: int = 1280
    height: int = 860
    scheme: str = "light"
    press: tuple[str, ...] = ()


A_TIME = ("label.slot >> nth=-1", "main form:has(input[name=starts_at]) button[type=submit]")
PICTURES = (
    Picture("home", "anna@acme.example", "/"),
    Picture("statement", "anna@acme.example", "/credit/1/statement/", height=1240),
    Picture("late-change", "rolf@acme.example", "/sessions/4/postponement/", press=A_TIME),
    Picture("desk", "disa@provider.example", "/desk/day/?date=2026-11-19"),
    Picture("home-phone", "sven@nordvik.example", "/", width=390, height=844),
    Picture("home-dark", "anna@acme.example", "/", scheme="dark"),
)


def main(folder: Path) -> None:
    """Write every picture to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tillgodo-pictures-") as var, _served(Path(var)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for picture in PICTURES:
            _take(browser, url, picture, folder)
            print(folder / f"{picture.name}.png")
        browser.close()


@contextmanager
def _served(var: Path) -> Iterator[str]:
    """A demo installation in `var`, served as if it were Wednesday until the block ends."""
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {"TILLGODO_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: PLC0415

    from dashboard import demo  # noqa: PLC0415 the settings must stand first

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    with time_machine.travel(DEMO_BEGAN):
        call_command("load_profile", "profiles/easyredmine.toml", stdout=StringIO())
        demo.load(at=DEMO_BEGAN)
    from config.wsgi import application  # noqa: PLC0415 it looks for static files when it is made

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(application)
    with time_machine.travel(WEDNESDAY):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


def _take(browser: Browser, url: str, picture: Picture, folder: Path) -> None:
    size = {"width": picture.width, "height": picture.height}
    scheme = "dark" if picture.scheme == "dark" else "light"
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    _sign_in(page, url, picture.who)
    page.goto(f"{url}{picture.path}")
    for selector in picture.press:
        page.locator(selector).first.click()
        page.wait_for_load_state()
    page.screenshot(path=folder / f"{picture.name}.png")
    context.close()


def _sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", "tillgodo-demo")
    with page.expect_navigation():
        page.locator("form:has(input[name=password]) button[type=submit]").click()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
