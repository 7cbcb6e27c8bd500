"""What the people of a story do, through the pages: one day after the other, every act a page opened and a form sent."""

import re
from datetime import datetime
from typing import Any

import time_machine
from django.core import mail

from dashboard.due import run_due
from invoicing import terms
from notices.models import Notice
from sessions.models import Session, WorkEntry
from tests.cast import Cast, Client, at_stockholm
from tests.journeys.visitor import Page, Visitor


def travel(day: int, hour: int, minute: int = 0, *, month: int = 11):
    """The clock stands at a Stockholm time of November 2026, or another month."""
    return time_machine.travel(at_stockholm(2026, month, day, hour, minute), tick=False)


def open_times(page: Page) -> list[datetime]:
    return [datetime.fromisoformat(found) for found in re.findall(r'name="starts_at" value="([^"]+)"', page.html)]


class Story:
    """One day after the other; every act is a page opened and a form sent."""

    def __init__(self, cast: Cast, acme: Client) -> None:
        self.cast, self.acme = cast, acme
        self.anna, self.rolf, self.fia, self.max = (Visitor(person) for person in (acme.approver, acme.requester, cast.fia, cast.max))
        self.tessa, self.theo = (Visitor(technician.person) for technician in (cast.tessa, cast.theo))

    def tops_up(self) -> None:
        with travel(18, 10):
            page = self.anna.open(f"/credit/{self.acme.account.pk}/top-ups/new/")
            assert "SEK 12,000.00" in page.text
            refused = self.anna.send(page.form(having="quantity"), status=422, quantity="0,5", unit="days")
            assert "8 h" in refused.text
            self.anna.send(page.form(having="quantity"), quantity="1", unit="days")
            unpaid = self.fia.open("/desk/top-ups/")
            assert "Acme" in unpaid.text
            self._is_paid(self.fia.open(f"/desk/top-ups/{self.acme.account.top_ups.get().pk}/payment/"))

    def _is_paid(self, page: Page) -> None:
        """By hand, or where invoices are offered by the order's own; another sum is refused."""
        reference = "payment_reference"
        if terms.offered() is not None:
            draft = self.fia.send(page.form(to="/payment/"))
            page, reference = self.fia.send(draft.form(to="/issuing/")), "reference"
        said: dict[str, Any] = {"paid_on": "2026-11-18", reference: "BG 1"}
        wrong = self.fia.send(page.form(having="amount"), status=409, **said, amount="96000")
        assert "12,000.00" in wrong.text
        self.fia.send(page.form(having="amount"), **said, amount="12 000,00")

    def books(self, *, day: int, hour: int, minutes: int = 60, technicians: int = 2, at: tuple[int, int] = (18, 10)) -> None:
        starts_at = at_stockholm(2026, 11, day, hour)
        wish = {"account": self.acme.account.pk, "purpose": self.cast.purpose.pk, "title": "Mail relay after the move"}
        wish |= {"minutes": minutes, "technicians": technicians, "technician": ""}
        with travel(*at):
            assert starts_at in open_times(self.rolf.open("/sessions/new/", **wish))
            review = self.rolf.open("/sessions/new/", **wish, starts_at=starts_at.isoformat())
            booked = self.rolf.send(review.form(to="/sessions/new/"), access_arranged="on")
        assert "/sessions/" in booked.url

    def cost_page(self, *, to: datetime) -> Page:
        url = f"/sessions/{Session.objects.latest('pk').pk}/postponement/"
        assert to in open_times(self.rolf.open(url))
        return self.rolf.open(url, starts_at=to.isoformat())

    def postpones(self, *, to: datetime, cost: str) -> Page:
        form = self.cost_page(to=to).form(to="/postponement/")
        assert form.fields["shown_minutes"] == [cost]
        return self.rolf.send(form, reason="Our release was delayed.")

    def is_worked(self, *, day: int, hour: int) -> None:
        session = Session.objects.latest("pk")
        with travel(day, hour):
            page = self.tessa.open(f"/desk/sessions/{session.pk}/")
            self.tessa.send(page.form(to="/start/"))
        stretches = [(self.tessa, self.cast.tessa, 0, 13), (self.tessa, self.cast.tessa, 15, 28), (self.theo, self.cast.theo, 0, 13)]
        for visitor, technician, begins, ends in stretches:
            with travel(day, hour, 50):
                page = visitor.open(f"/desk/sessions/{session.pk}/")
                facts: dict[str, Any] = {
                    "on": f"2026-11-{day}",
                    "begins": f"{hour}:{begins:02}",
                    "ends": f"{hour}:{ends:02}",
                    "note": "Relay rebuilt",
                }
                visitor.send(page.form(to="/work/"), technician=technician.person.pk, **facts)
        with travel(day, hour, 55):
            page = self.tessa.open(f"/desk/sessions/{session.pk}/")
            self.tessa.send(page.form(to="/submission/"), summary="The relay was rebuilt and test mails went through.")
        session.refresh_from_db()
        assert (session.raw_minutes, session.charged_minutes, session.state) == (39, 40, "submitted")

    def is_disputed_and_settled(self) -> None:
        session, theos = Session.objects.latest("pk"), WorkEntry.objects.get(person=self.cast.theo.person)
        with travel(25, 9):
            receipt = self.anna.open(f"/sessions/{session.pk}/hours/")
            assert "0 h 39" in receipt.text
            assert "0 h 40" in receipt.text
            dispute = self.anna.open(f"/sessions/{session.pk}/dispute/")
            self.anna.send(dispute.form(having="reason"), **{f"line_{theos.pk}": 3}, reason="Theo only looked on.")
        with travel(25, 15):
            assert "Acme" in self.max.open("/desk/disputes/").text
            page = self.max.open(f"/desk/disputes/{session.disputes.get().pk}/")
            self.max.send(page.form(button="uphold"), act="uphold", reason="Theo did the DNS part; see his note.")
        session.refresh_from_db()
        assert session.state == "settled"

    def books_again_and_confirms(self) -> None:
        self.books(day=27, hour=9, technicians=1, at=(25, 16))
        session = Session.objects.latest("pk")
        technician = session.reservations.get().technician
        visitor = self.tessa if technician == self.cast.tessa else self.theo
        with travel(27, 9):
            visitor.send(visitor.open(f"/desk/sessions/{session.pk}/").form(to="/start/"))
        with travel(27, 9, 55):
            page = visitor.open(f"/desk/sessions/{session.pk}/")
            facts: dict[str, Any] = {"on": "2026-11-27", "begins": "09:00", "ends": "09:45", "note": "Queues emptied"}
            page = visitor.send(page.form(to="/work/"), technician=technician.person.pk, **facts)
            visitor.send(page.form(to="/submission/"), summary="Queues emptied.")
        with travel(27, 11):
            page = self.anna.open(f"/sessions/{session.pk}/hours/")
            self.anna.send(page.form(to="/confirmation/"))
        session.refresh_from_db()
        assert (session.raw_minutes, session.charged_minutes, session.state) == (45, 50, "confirmed")

    def the_statement_shows_every_line(self) -> None:
        with travel(27, 12):
            page = self.anna.open(f"/credit/{self.acme.account.pk}/statement/", first="2026-11-01", last="2026-11-30")
            csv = self.anna.client.get(
                f"/credit/{self.acme.account.pk}/statement.csv", {"first": "2026-11-01", "last": "2026-11-30"}
            ).content.decode("utf-8-sig")
        for change in ("+8 h 00", "−2 h 00", "−0 h 40", "−0 h 50", "4 h 30"):
            assert change in page.text
        assert len(csv.strip().splitlines()) >= 5

    def everybody_was_told(self) -> None:
        at = at_stockholm(2026, 11, 27, 12)
        _, failed = run_due(at=at)
        assert (failed, Notice.objects.exclude(state="sent").count()) == ([], 0)
        subjects = [message.subject for message in mail.outbox if message.to == ["anna@acme.example"]]
        assert len(subjects) >= 6
        assert all("\n" not in subject for subject in subjects)

    def figures(self) -> tuple[int, int, int]:
        account = self.acme.account
        account.refresh_from_db()
        return account.available_minutes, account.held_minutes, account.debt_minutes
