"""Somebody at a browser without scripts: reads pages, fills in the forms that stand there, follows where they lead."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.test import Client

from people.models import Person
from tests.cast import PASSWORD


@dataclass
class Form:
    """A form as it stands in the page: where it goes, and what its fields hold now."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: set[tuple[str, str]] = field(default_factory=set)


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._select = self._textarea = ""
        self._silent = 0

    def handle_starttag(self, tag, attrs):
        facts = {name: value or "" for name, value in attrs}
        name = facts.get("name", "")
        match tag:
            case "form":
                self._form = Form(facts.get("action", ""), facts.get("method", "get").lower())
                self.forms.append(self._form)
            case "script" | "style":
                self._silent += 1
            case "button" if self._form:
                self._form.buttons.add((name, facts.get("value", "")))
            case "select":
                self._select = name
            case "textarea":
                self._textarea = name
                self._put(name, "")
            case "option" if "selected" in facts:
                self._put(self._select, facts.get("value", ""))
            case "input" if facts.get("type") not in {"checkbox", "radio", "submit", "button"} or "checked" in facts:
                self._put(name, facts.get("value", "on" if facts.get("type") == "checkbox" else ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag in {"script", "style"}:
            self._silent -= 1
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data):
        if self._silent:
            return
        self.text.append(data)
        if self._textarea and self._form:
            self._form.fields[self._textarea] = [data.lstrip("\n")]

    def _put(self, name, value):
        if name and self._form is not None:
            self._form.fields.setdefault(name, []).append(value)


class Page:
    """What stands on a page."""

    def __init__(self, url: str, status: int, html: str) -> None:
        self.url, self.status, self.html = url, status, html
        reader = _FormReader()
        reader.feed(html)
        self.forms = reader.forms
        self.text = " ".join(" ".join(reader.text).replace("\u00a0", " ").replace("\u202f", " ").split())

    def form(self, *, to: str = "", having: str = "", button: str = "") -> Form:
        """The one form that goes `to` an address ending so, that has such a field, or a button of that value."""
        found = [
            form
            for form in self.forms
            if form.method == "post"
            and (form.action or self.url).split("?")[0].endswith(to)
            and (not having or having in form.fields)
            and (not button or button in {value for _, value in form.buttons})
        ]
        assert len(found) == 1, f"{len(found)} forms to {to!r} having {having!r} on {self.url}: {[form.action for form in self.forms]}"
        return found[0]


class Visitor:
    """One signed-in person. Follows redirects, keeps the last page."""

    def __init__(self, person: Person) -> None:
        self.client = Client()
        self.page = self.open("/accounts/login/")
        self.send(self.page.form(having="password"), login=person.email, password=PASSWORD)

    def open(self, url: str, **parameters: Any) -> Page:
        """Open an address, as a link would."""
        return self._read(self.client.get(url, parameters, follow=True), url)

    def send(self, form: Form, *, status: int = 200, **values: Any) -> Page:
        """Fill in `values` and send the form; everything else stays as it stood."""
        fields = {name: list(all_) for name, all_ in form.fields.items()}
        fields |= {name: [str(each) for each in (value if isinstance(value, list) else [value])] for name, value in values.items()}
        url = urljoin(self.page.url, form.action) if form.action else self.page.url
        page = self._read(self.client.post(url, fields, follow=True), url)
        assert page.status == status, f"{page.status} from {url}: {page.text[:2000]}"
        return page

    def _read(self, response, url: str) -> Page:
        for address, _ in getattr(response, "redirect_chain", []):
            url = urljoin(url, address)
        self.page = Page(url, response.status_code, response.content.decode())
        return self.page
