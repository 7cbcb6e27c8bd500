"""A browser window with one person at it, who looks at every page that opens: no script errors, nothing refused by the
content security policy, nothing that assistive technology would stumble over, nothing wider than the window."""

import re
from hashlib import sha256

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page

from people.models import Person
from tests.cast import PASSWORD

GRAVE = {"serious", "critical"}
AXE = Axe()
ASKED = {"resultTypes": ["violations"], "preload": False}
NEW_EACH_TIME = re.compile(r'csrfmiddlewaretoken" value="\w+"|csrf-token" content="\w+"')
_seen: set[str] = set()
"""Pages that axe had nothing grave to say of, by what stands on them and how wide they were: each takes it long."""


class Window:
    """`complaints` holds what the console said; `look` is called on every page that is opened."""

    def __init__(self, page: Page, url: str, person: Person) -> None:
        self.page, self.url, self.person = page, url, person
        self.complaints: list[str] = []
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.open("/accounts/login/")
        page.fill("input[name=login]", person.email)
        page.fill("input[name=password]", PASSWORD)
        self.press("form:has(input[name=password]) button[type=submit]")

    def open(self, path: str) -> None:
        """Open an address of the product, and look at it."""
        self.page.goto(f"{self.url}{path}")
        self.look()

    def press(self, selector: str) -> None:
        """Press the one button or link, and look at what comes."""
        with self.page.expect_navigation():
            self.the(selector).click()
        self.look()

    def choose_time(self, instant: str) -> None:
        """Tick an open time, as a finger would."""
        radio = self.the(f"input[name=starts_at][value='{instant}']")
        self.the(f"label:has(input[value='{instant}'])").click()
        assert radio.is_checked()

    def the(self, selector: str) -> Locator:
        """The one element there is."""
        found = self.page.locator(selector)
        assert found.count() == 1, f"{found.count()} of {selector} on {self.page.url}: {self.text}"
        return found

    def look(self) -> None:
        """Nothing grave for axe, nothing in the console, nothing wider than the window, in the person's language."""
        assert self.complaints == [], f"{self.page.url}: {self.complaints}"
        self._look_with_axe()
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{self.page.url} is {wider} px wider than the window"

    def _look_with_axe(self) -> None:
        page = f"{self.page.viewport_size} {NEW_EACH_TIME.sub('', self.page.content())}"
        digest = sha256(page.encode()).hexdigest()
        if digest in _seen:
            return
        grave = [violation for violation in AXE.run(self.page, options=ASKED).response["violations"] if violation["impact"] in GRAVE]
        assert grave == [], f"{self.page.url}: {[(each['id'], each['nodes'][0]['html'][:200]) for each in grave]}"
        _seen.add(digest)

    @property
    def text(self) -> str:
        """What stands on the page."""
        return " ".join(self.page.inner_text("body").replace("\u00a0", " ").replace("\u202f", " ").split())

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.complaints.append(message.text)
