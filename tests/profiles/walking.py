"""A shipped profile loaded by its command, and people who walk through what it publishes: pages and mails, nothing else.

People and the client are put up without pages, for there are none; who is on call, what is published and what is
agreed is arranged on the desk's own pages. Instants are written as the terms would be read aloud: "2026-11-24 14:00" is
that clock time in Stockholm, which in Prague is the same.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import StringIO
from types import SimpleNamespace
from typing import Any

import time_machine
from django.core import mail
from django.core.management import call_command
from django.test import Client as Browser
from django.utils.translation import override

from cases.models import Case
from clients.models import Agreement, OnCallRota, Plan, StaffDuty
from dashboard.due import JOBS, run_due
from invoicing import vat_checks
from notices import delivery, mailbox, mailroom
from people.models import Person
from sessions import busy_feeds
from tests.cast import STOCKHOLM, Client, a_client, a_colleague
from tests.journeys.visitor import Page, Visitor
from tests.profiles.loaded import PROFILES

ELSEWHERE = {mailbox.read_due, busy_feeds.read_due, delivery.call_due, vat_checks.check_due}
"""Jobs that ask other servers."""


def instant(clock: str) -> datetime:
    """What the clock in Stockholm shows, as an instant. An offset can be written behind, where the clock shows it twice."""
    written = datetime.fromisoformat(clock)
    return (written if written.tzinfo else written.replace(tzinfo=STOCKHOLM)).astimezone(UTC)


class Walker(Visitor):
    """Somebody who has signed in."""

    def __init__(self, person: Person) -> None:
        self.client = Browser()
        self.client.force_login(person)

    def act(self, url: str, where: str = "", *, status: int = 200, **said: Any) -> Page:
        """Open a page and send the form that stands there, filled in so; `where`: the end of the address it goes to."""
        return self.send(self.open(url).form(to=where or url), status=status, **said)


@dataclass
class Town:
    """The provider's people and a client. Ada administers, Max looks after the client, Disa sorts and works, Jo is on call."""

    client: Client
    ada: Person
    max: Person
    disa: Person
    jo: Person

    @contextmanager
    def sits(self, person: Person, at: str) -> Iterator[Walker]:
        """`person` at a browser, while the clock stands at `at`."""
        with time_machine.travel(instant(at), tick=False):
            yield Walker(person)

    def agrees(self, *codes: str, at: str = "2026-01-02 09:00", starts_on: str = "2026-01-01") -> None:
        """Max notes on the desk's page what the client has agreed: these plans, from that day on."""
        url = f"/desk/clients/{self.client.organisation.pk}/agreement/"
        plans = [plan.pk for plan in Plan.objects.filter(code__in=codes)]
        assert len(plans) == len(codes)
        with self.sits(self.max, at) as manager:
            manager.act(url, "/agreement/new/", bound=plans, starts_on=starts_on, ends_on="")

    def covers(self, name: str, *, deployment: str = "hosted", preview: bool = False) -> int:
        """Max notes that the agreement covers a service; its number."""
        url = f"/desk/clients/{self.client.organisation.pk}/agreement/"
        said: dict[str, Any] = {"name": name, "description": "", "deployment": deployment, "reason": "As agreed"}
        said |= {"preview": "on"} if preview else {}
        with self.sits(self.max, "2026-01-02 10:00") as manager:
            manager.act(url, "/services/", **said)
        return int(Agreement.objects.get(organisation=self.client.organisation).services.get(name=name).pk)

    def reports(self, at: str, *, path: str = "/cases/new/", status: int = 200, **said: Any) -> Page:
        """The client's requester reports through the portal."""
        given = {"subject": "Users are not created", "text": "None since this morning."} | said
        with self.sits(self.client.requester, at) as requester:
            return requester.act(path, "/cases/new/", status=status, **given)

    def reads(self, case: Case, at: str) -> Page:
        """The client's requester opens the page of a case."""
        with self.sits(self.client.requester, at) as requester:
            return requester.open(f"/cases/{case.pk}/")

    def says(self, case: Case, at: str, **said: Any) -> Page:
        """The client's requester writes in a case."""
        with self.sits(self.client.requester, at) as requester:
            return requester.act(f"/cases/{case.pk}/", "/answer/", **{"text": "It still happens."} | said)

    def asks(self, case: Case, at: str, act: str, **said: Any) -> Page:
        """The client's requester does something with a case that has a page of its own: approval, objection, …"""
        with self.sits(self.client.requester, at) as requester:
            return requester.act(f"/cases/{case.pk}/{act}/", **said)

    def answers(self, case: Case, at: str, *, way: str = "answer", text: str = "We are looking into it.") -> Page:
        """Disa answers, asks or notes, on the desk's page of the case."""
        with self.sits(self.disa, at) as dispatcher:
            return dispatcher.act(f"/desk/cases/{case.pk}/", "/words/", text=text, way=way)

    def works(self, case: Case, at: str, act: str, *, by: Person | None = None, **said: Any) -> Page:
        """Disa, or another of ours, does something with a case that has a form or page of its own: call, priority, …"""
        with self.sits(by or self.disa, at) as colleague:
            url = f"/desk/cases/{case.pk}/{act}/"
            page = f"/desk/cases/{case.pk}/" if act == "troubleshooting" else url
            return colleague.act(page, url, **said)

    def logs(self, case: Case, begins: str, ends: str, *, by: Person | None = None) -> Page:
        """Disa, or another of ours, logs work on a case right after it was done."""
        day, _, clock = begins.partition(" ")
        with self.sits(by or self.disa, f"{day} {ends}") as colleague:
            said: dict[str, Any] = {"what": f"#{case.pk}", "on": day, "begins": clock, "ends": ends, "note": "Read the logs"}
            return colleague.act(f"/desk/time/?date={day}", "/desk/time/", **said)

    def enters(self, at: str, *, status: int = 200, **said: Any) -> Page:
        """Disa enters a report of the client's requester: by phone, unless it is said otherwise."""
        member = self.client.requester.memberships.get()
        given = {"via": "phone", "caller_phone": "+46 70 000 00 00", "subject": "Nothing works", "text": "Since noon."}
        given |= {"kind": "incident", "environment": "production"} | said
        with self.sits(self.disa, at) as dispatcher:
            return dispatcher.act(f"/desk/cases/new/{member.pk}/", status=status, **given)

    def writes(self, at: str, body: str, *, subject: str = "Users are not created", more: tuple[str, ...] = ()) -> None:
        """A mail of the client's requester reaches the support address and is dealt with at once."""
        self.mails = getattr(self, "mails", 0) + 1
        fields = [
            f"From: {self.client.requester.email}", "To: support@provider.example", f"Subject: {subject}",
            f"Message-ID: <m{self.mails}@acme.example>", "Content-Type: text/plain; charset=utf-8", *more, "", body,
        ]  # fmt: skip
        mailroom.receive(raw="\r\n".join(fields).encode(), source="pipe", at=instant(at))
        assert mailroom.handle_due(at=instant(at)) == 1

    def calls_due(self, at: str) -> int:
        """How many calls to clients stand on the desk's list."""
        with self.sits(self.disa, at) as dispatcher:
            return dispatcher.open("/desk/calls/").html.count('/call/"')

    def neighbour(self, name: str) -> "Town":
        """The same provider, with another client who has no plan yet."""
        return replace(self, client=_a_client(name, self.max))

    def letters(self, person: Person, at: str) -> list[SimpleNamespace]:
        """What is delivered to `person` now that it is `at`, in order: subject and text as they read them."""
        with time_machine.travel(instant(at), tick=False):
            delivery.deliver_due(at=instant(at))
        found = [sent for sent in mail.outbox if person.email in sent.to]
        return [SimpleNamespace(subject=sent.subject, text=plain(str(sent.body))) for sent in found]


def a_town(profile: str) -> Town:
    """The profile, loaded by its command into an empty database; somebody on each rota, all plans published; a client without plan."""
    first = load(profile)
    ada = a_colleague("Ada", StaffDuty.ADMINISTRATOR, is_staff=True, is_superuser=True)
    manager = a_colleague("Max", StaffDuty.ACCOUNT_MANAGER)
    disa = a_colleague("Disa", StaffDuty.DISPATCHER, StaffDuty.TECHNICIAN)
    jo = a_colleague("Jo", StaffDuty.TECHNICIAN)
    town = Town(client=_a_client("Acme", manager), ada=ada, max=manager, disa=disa, jo=jo)
    if "waits for people on call" in first:
        _put_on_call(town)
    assert not Plan.objects.filter(published_at=None).exists()
    return town


def load(profile: str) -> str:
    """What the command says that it changed."""
    out = StringIO()
    with override("en"):
        call_command("load_profile", PROFILES / f"{profile}.toml", stdout=out)
    return out.getvalue()


def case_of(page: Page) -> Case:
    """The case whose page this is."""
    found = re.search(r"/cases/(\d+)/", page.url)
    assert found, page.url
    return Case.objects.get(pk=found[1])


def next_of(page: Page) -> str:
    """The first sentence of a case's page: whose turn, and by when."""
    found = re.search(r'<p class="lead">(.*?)</p>', page.html, re.DOTALL)
    assert found, page.url
    return plain(re.sub(r"<[^>]+>", "", found[1]))


def due_shown(page: Page) -> str:
    """The deadline that the first sentence of a case's page names; empty where it names none."""
    found = re.search(r"[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2}( \d{4})? \d\d:\d\d( \(UTC[^)]+\))?", next_of(page))
    return found[0] if found else ""


def promises(page: Page) -> tuple[str, dict[str, str]]:
    """The deadline that a case's page shows, and those that are kept of it."""
    return due_shown(page), stored(case_of(page))


def plain(text: str) -> str:
    """The text on one line, with ordinary spaces."""
    return " ".join(text.split())


def stored(case: Case) -> dict[str, str]:
    """The deadlines that are kept of a case, by what is due, as the clock in Stockholm shows them: "Tue 24 Nov 14:00"."""
    open_ones = case.clocks.filter(ended_at=None).order_by("pk")
    return {str(clock.kind): _clock(clock.due_at) for clock in open_ones if clock.due_at is not None}


def outcome(case: Case) -> tuple[str, str]:
    """When the response was met, and since when it was missed; empty where not."""
    clock = case.clocks.filter(kind="response").latest("pk")
    return _clock(clock.met_at), _clock(clock.breached_at)


def ticks(at: str) -> None:
    """Everything that is due at `at` runs."""
    with time_machine.travel(instant(at), tick=False):
        done = run_due(at=instant(at), jobs={name: job for name, job in JOBS.items() if job not in ELSEWHERE})
    assert done[1] == []


def promised(code: str, language: str) -> list[list[str]]:
    """The table on the public page of a plan, as anybody reads it: its head, and a row for each priority."""
    page = public(f"/plans/{code}/", language)
    reader = _TableReader()
    reader.feed(page.html)
    return reader.rows


def public(url: str, language: str) -> Page:
    """A page as somebody sees it who has not signed in, and whose browser asks for a language."""
    with override(language):  # and back to what it was
        response = Browser().get(url, headers={"accept-language": language})
    return Page(url, response.status_code, response.content.decode())


def _clock(at: datetime | None) -> str:
    """Written out by hand, so that the product's own way of writing times is proven by it."""
    if at is None:
        return ""
    local = at.astimezone(STOCKHOLM)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def _a_client(name: str, manager: Person) -> Client:
    client = a_client(SimpleNamespace(max=manager), name)  # type: ignore[arg-type]
    Agreement.objects.filter(organisation=client.organisation).delete()
    return client


def _put_on_call(town: Town) -> None:
    """Jo takes the turns of every rota; the plans that waited for that are published with a button."""
    with town.sits(town.ada, "2026-01-01 10:00") as administrator:
        for rota in OnCallRota.objects.all():
            administrator.act(f"/desk/on-call/{rota.pk}/", "/members/", person_1=town.jo.pk, email_1="on")
        for plan in Plan.objects.filter(published_at=None):
            administrator.act("/desk/plans/", f"/{plan.pk}/publishing/")


class _TableReader(HTMLParser):
    """The cells of the first table."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = self._over = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr" and not self._over:
            self.rows.append([])
        elif tag in {"td", "th"} and not self._over:
            self.rows[-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._inside = False
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] = plain(self.rows[-1][-1])
        elif tag == "table":
            self._over = True

    def handle_data(self, data: str) -> None:
        if self._inside and not self._over:
            self.rows[-1][-1] += data
