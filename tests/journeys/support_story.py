"""What the people of support do, through the pages and by mail: clients report and answer, staff work on it, and time passes.

Mails come in as bytes through the mailroom; an answer by mail answers the mail that its writer last got in that case, as
their mail program would. Every tick runs what is due twice.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Any

import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from cases.addresses import tag_of
from cases.models import Case
from dashboard.due import FETCHERS, JOBS, run_due
from notices import mailroom
from notices.models import IncomingMail
from people.models import Person
from tests.cases import mail_corpus
from tests.cast import at_stockholm
from tests.journeys.visitor import Page, Visitor

OURS = {name: job for name, job in JOBS.items() if job not in FETCHERS}


@contextmanager
def at(hour: int, minute: int = 0, *, day: int = 18) -> Iterator[datetime]:
    """The clock stands at a Stockholm time of November 2026; Wednesday the 18th where no day is said."""
    instant = at_stockholm(2026, 11, day, hour, minute)
    with time_machine.travel(instant, tick=False):
        yield instant


class SupportStory:
    """The people at their browsers and mail programs. Every act takes place when the clock stands."""

    def __init__(self) -> None:
        self.cases: dict[str, int] = {}
        self.visitors: dict[int, Visitor] = {}
        self.seen: dict[str, Any] = {}
        self._ids = count(1)

    def case(self, key: str) -> Case:
        """The case as it is now."""
        return Case.objects.select_related("organisation", "reporter", "owner", "team").get(pk=self.cases[key])

    def browser(self, person: Person) -> Visitor:
        """The browser of a person, who has signed in."""
        if person.pk not in self.visitors:
            self.visitors[person.pk] = Visitor(person)
        return self.visitors[person.pk]

    # clients

    def reports(self, key: str, person: Person, subject: str, *, priority: int = 3, **said: Any) -> Page:
        """A report through the portal."""
        browser = self.browser(person)
        form = browser.open("/cases/new/").form(having="subject")
        page = browser.send(form, subject=subject, text=f"{subject} since this morning.", priority=priority, **said)
        self.cases[key] = int(re.search(r"/cases/(\d+)/", page.url)[1])  # type: ignore[index]  # no match fails the test
        return page

    def mails(self, key: str, person: Person, subject: str) -> IncomingMail:
        """A report by mail."""
        known = set(Case.objects.values_list("pk", flat=True))
        row = self.comes_in(person.email, subject=subject, body=f"{subject} since this morning.")
        opened = set(Case.objects.values_list("pk", flat=True)) - known
        assert (row.state, len(opened)) == ("handled", 1), row.outcome
        self.cases[key] = opened.pop()
        return row

    def answers_by_mail(self, key: str, person: Person, body: str) -> IncomingMail:
        """An answer to the last mail that the person got in the case."""
        asked = self.inbox(person, key)[-1]
        earlier = asked.extra_headers.get("References", "")
        fields = [f"In-Reply-To: {asked.extra_headers['Message-ID']}", f"References: {earlier} {asked.extra_headers['Message-ID']}".strip()]
        body = f"{body}\r\n\r\n> {asked.body.splitlines()[0]}"
        return self.comes_in(person.email, *fields, subject=f"SV: {asked.subject}", to=asked.extra_headers["Reply-To"], body=body)

    def comes_in(self, sender: str, *fields: str, **given: str) -> IncomingMail:
        """A mail reaches the server now, and is dealt with."""
        identifier = f"<{next(self._ids)}.{sender}>"
        raw = mail_corpus.mail(*fields, sender=sender, identifier=identifier, **given)
        row = mailroom.receive(raw=raw, source="imap", at=timezone.now())
        mailroom.handle_due(at=timezone.now())
        row.refresh_from_db()
        return row

    def client_acts(self, key: str, person: Person, act: str, **said: Any) -> Page:
        """One act of the client's on a page of its own: approval, refusal, reopening, withdrawal, objection."""
        browser = self.browser(person)
        page = browser.open(f"/cases/{self.cases[key]}/{act}/")
        return browser.send(page.form(to=f"/{act}/"), **said)

    # staff

    def says(self, key: str, person: Person, text: str, *, way: str = "answer") -> Page:
        """An answer, a question or a note on the page of the case."""
        browser = self.browser(person)
        page = browser.open(f"/desk/cases/{self.cases[key]}/")
        return browser.send(page.form(to="/words/"), text=text, way=way)

    def begins(self, key: str, person: Person) -> Page:
        """Troubleshooting begins."""
        browser = self.browser(person)
        return browser.send(browser.open(f"/desk/cases/{self.cases[key]}/").form(to="/troubleshooting/"))

    def acts(self, key: str, person: Person, act: str, **said: Any) -> Page:
        """One act of ours on a page of its own: call, proposal, priority, team, objection."""
        browser = self.browser(person)
        page = browser.open(f"/desk/cases/{self.cases[key]}/{act}/")
        return browser.send(page.form(to=f"/{act}/"), **said)

    def logs(self, key: str, person: Person, begins: str, ends: str) -> Page:
        """Time on the case, on the page for that."""
        browser = self.browser(person)
        form = browser.open("/desk/time/", what=f"#{self.cases[key]}").form(having="note")
        return browser.send(form, begins=begins, ends=ends, on=f"{timezone.localdate():%Y-%m-%d}", note="Looked into it")

    def acknowledges(self, person: Person, link: str) -> Page:
        """The page that a mail of paging leads to, and its button."""
        browser = self.browser(person)
        return browser.send(browser.open(link).form(to="/acknowledgement/"))

    def page_link(self, person: Person, key: str) -> str:
        """The address, in a mail to that person, of the page that they were paged with for the case."""
        address = f"/desk/pages/{self.case(key).pages.get(person=person).pk}/"
        assert [address in message.body for message in self.inbox(person) if "You are paged" in message.subject].count(True) == 1
        return address

    # time, and mail that went out

    def tick(self) -> None:
        """What is due now, twice: the second time does nothing that could be seen."""
        for _twice in range(2):
            _done, failed = run_due(at=timezone.now(), jobs=OURS)
            assert failed == []

    def sent_to(self, address: str) -> list[EmailMessage]:
        """What went to an address."""
        return [message for message in mail.outbox if message.to == [address]]

    def inbox(self, person: Person, key: str = "") -> list[EmailMessage]:
        """What a person got by mail; in one case where `key` says which."""
        tag = tag_of(self.case(key)) if key else ""
        return [message for message in self.sent_to(person.email) if tag in message.subject]
