"""A bad month, through the pages, and its statement line by line (rules C5 to C16, P5).

Late change, dispute refused and upheld, overrun with and without consent, expiry, no-show whose penalty is taken
back, our own lateness, debt, the top-up that pays it, a refund, and a transfer to another department.
"""

import csv
from datetime import date, datetime
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command

from credits import ledger
from credits.audit import audit
from credits.ledger import Entry, LotSource, LotTerms, Voucher
from credits.models import CreditAccount
from dashboard.due import run_due
from notices.models import Notice
from sessions.models import Consent, Session, WorkEntry
from tests.cast import at_stockholm
from tests.journeys.story import Story, open_times, travel

pytestmark = pytest.mark.django_db

STATEMENT = [
    ("Credit added", "480", "480"),
    ("Credit added", "300", "780"),
    ("Late change", "-120", "660"),
    ("Hours deducted", "-70", "590"),
    ("Credit expired", "-10", "580"),
    ("Hours deducted", "-80", "500"),
    ("Credit expired", "-20", "480"),
    ("No-show", "-120", "360"),
    ("Credit added", "120", "480"),
    ("Hours deducted", "-30", "450"),
    ("Reversal", "120", "570"),
    ("Hours deducted", "-620", "-50"),
    ("Credit added", "480", "430"),
    ("Debt repaid from credit", "0", "430"),
    ("Credit refunded", "-60", "370"),
    ("Moved to another account", "-90", "280"),
]


def december(day: int, hour: int, minute: int = 0):
    return travel(day, hour, minute, month=12)


@pytest.fixture
def month(cast, acme):
    """The people of the story at their browsers."""
    cache.clear()
    with travel(18, 10):
        return BadMonth(cast, acme)


def test_c15_the_statement_of_a_bad_month_is_right_line_by_line(month):
    month.begins_with_a_top_up_and_a_gift_until_the_4th()
    month.is_changed_late_and_overrun_without_consent()
    month.is_overrun_with_consent_and_disputed()
    month.lets_the_rest_of_the_gift_expire()
    month.corrects_the_disputed_hours()
    month.has_a_no_show_whose_penalty_is_disputed()
    month.begins_late_through_our_fault()
    month.takes_the_penalty_back()
    month.ends_in_debt()
    month.is_topped_up_refunded_and_shared()

    assert month.statement() == STATEMENT
    assert month.branch().available_minutes == 90
    month.every_line_explains_itself()
    month.everybody_was_told()
    assert audit().findings == []
    call_command("audit_ledger")


class BadMonth(Story):
    """What goes wrong, one thing after the other. Tessa does all the sessions."""

    def begins_with_a_top_up_and_a_gift_until_the_4th(self) -> None:
        self.tops_up()
        gift = LotTerms.free(source=LotSource.GOODWILL, reason="For the outage in October", expires_on=date(2026, 12, 4))
        voucher = Voucher(cause="goodwill", at=at_stockholm(2026, 11, 18, 11), by=self.cast.max, reason="For the outage in October")
        ledger.grant(account=self.acme.account, minutes=300, terms=gift, voucher=voucher)

    def is_changed_late_and_overrun_without_consent(self) -> None:
        self.sign_in_again(at_stockholm(2026, 11, 30, 8))
        with travel(30, 9):
            session = self.books_tessa(at_stockholm(2026, 12, 2, 10))
        with december(1, 14):
            self.postpones(to=at_stockholm(2026, 12, 3, 10), cost="120")
        self.works(session, day=3, begins="10:00", ends="11:20")
        assert (session.raw_minutes, session.free_minutes, session.charged_minutes) == (80, 11, 70)
        with december(3, 13):
            self.objects_to(session, minutes=50, reason="We waited for a password.")
        with december(4, 9):
            self.rules(session, act="uphold", reason="The password came at once; see the log.")

    def is_overrun_with_consent_and_disputed(self) -> None:
        with december(3, 9):
            session = self.books_tessa(at_stockholm(2026, 12, 4, 13))
        self.starts(session, day=4, hour=13)
        self.agrees_to(session, minutes=120, day=4, hour=13, minute=10)
        self.works(session, day=4, begins="13:00", ends="14:44", started=True)
        assert (session.raw_minutes, session.free_minutes, session.charged_minutes) == (104, 0, 100)
        with december(4, 15, 30):
            self.objects_to(session, minutes=80, reason="The last part was our own question.")

    def lets_the_rest_of_the_gift_expire(self) -> None:
        done, failed = run_due(at=at_stockholm(2026, 12, 5, 0, 1))
        assert (done["expire credit whose last day is over"], failed) == (1, [])

    def corrects_the_disputed_hours(self) -> None:
        session = Session.objects.latest("pk")
        entry = WorkEntry.objects.get(session=session)
        with december(7, 9):
            self.rules(session, act="correct", reason="Agreed: 20 minutes were a question.", **{f"line_{entry.pk}": 84})

    def has_a_no_show_whose_penalty_is_disputed(self) -> None:
        with december(7, 10):
            session = self.books_tessa(at_stockholm(2026, 12, 9, 9))
        with december(9, 9, 5):
            page = self.tessa.open(f"/desk/sessions/{session.pk}/")
            self.tessa.send(page.form(to="/calls/"), reason="Nobody answered.")
        with december(9, 9, 20):
            page = self.tessa.open(f"/desk/sessions/{session.pk}/no-show/")
            self.tessa.send(page.form(to="/no-show/"))
        with december(10, 10):
            page = self.anna.open(f"/penalties/{self.penalty().pk}/")
            self.anna.send(page.form(having="reason"), reason="Our telephones were down; your status page said so.")

    def begins_late_through_our_fault(self) -> None:
        with december(8, 9):
            session = self.books_tessa(at_stockholm(2026, 12, 10, 13), minutes=30)
        self.starts(session, day=10, hour=13, minute=20)
        self.works(session, day=10, begins="13:20", ends="13:50", started=True)
        self.confirms(session, day=10, hour=15)

    def takes_the_penalty_back(self) -> None:
        self.sign_in_again(at_stockholm(2026, 12, 11, 8))
        with december(11, 9):
            page = self.max.open(f"/desk/penalties/{self.penalty().pk}/")
            self.max.send(page.form(button="reverse"), act="reverse", reason="True: the telephones were down.")

    def ends_in_debt(self) -> None:
        with december(11, 10):
            session = self.books_tessa(at_stockholm(2026, 12, 14, 9))
        self.starts(session, day=14, hour=9)
        for minute, minutes in enumerate((300, 540, 720)):
            self.agrees_to(session, minutes=minutes, day=14, hour=9, minute=minute)
        with december(14, 17):
            self.logs(session, day=14, begins="09:00", ends="17:00")
        self.works(session, day=15, begins="09:00", ends="11:20", started=True)
        self.confirms(session, day=15, hour=13)
        assert self.figures() == (0, 0, 50)

    def is_topped_up_refunded_and_shared(self) -> None:
        account = self.acme.account
        with december(16, 9):
            page = self.anna.open(f"/credit/{account.pk}/top-ups/new/")
            self.anna.send(page.form(having="quantity"), quantity="1", unit="days")
            page = self.fia.open(f"/desk/top-ups/{account.top_ups.latest('pk').pk}/payment/")
            self.fia.send(page.form(having="amount"), paid_on="2026-12-16", amount="12 000,00", payment_reference="BG 2")
        with december(17, 9):
            page = self.max.open(f"/desk/lots/{account.lots.latest('pk').pk}/refund/")
            page = self.max.send(page.form(having="minutes"), act="preview", minutes=60, reason="The project was cancelled.")
            assert "SEK 1,500.00" in page.text
            self.max.send(page.form(button="carry-out"), act="carry-out")
            page = self.anna.open("/credit/accounts/new/")
            self.anna.send(page.form(having="name"), name="Branch")
            page = self.anna.open("/credit/transfers/new/")
            share: dict[str, Any] = {"source": account.pk, "target": self.branch().pk, "size": "1,67", "reason": "The branch pays its own."}
            self.anna.send(page.form(having="size"), status=422, **share)
            share["size"] = "1,5"
            self.anna.send(page.form(having="size"), **share)

    # Single acts.

    def sign_in_again(self, at: datetime) -> None:
        """A sign-in lasts two weeks."""
        cache.clear()
        with time_machine.travel(at, tick=False):
            super().__init__(self.cast, self.acme)

    def books_tessa(self, starts_at: datetime, *, minutes: int = 60) -> Session:
        wish = {"account": self.acme.account.pk, "purpose": self.cast.purpose.pk, "title": "Mail relay", "minutes": minutes}
        wish |= {"technicians": 1, "technician": self.cast.tessa.pk}
        assert starts_at in open_times(self.rolf.open("/sessions/new/", **wish))
        review = self.rolf.open("/sessions/new/", **wish, starts_at=starts_at.isoformat())
        self.rolf.send(review.form(to="/sessions/new/"), access_arranged="on")
        return Session.objects.latest("pk")

    def starts(self, session: Session, *, day: int, hour: int, minute: int = 0) -> None:
        with december(day, hour, minute):
            page = self.tessa.open(f"/desk/sessions/{session.pk}/")
            self.tessa.send(page.form(to="/start/"))

    def logs(self, session: Session, *, day: int, begins: str, ends: str) -> None:
        page = self.tessa.open(f"/desk/sessions/{session.pk}/")
        facts: dict[str, Any] = {"on": f"2026-12-{day:02}", "begins": begins, "ends": ends, "note": "Relay rebuilt"}
        self.tessa.send(page.form(to="/work/"), technician=self.cast.tessa.person.pk, **facts)

    def works(self, session: Session, *, day: int, begins: str, ends: str, started: bool = False) -> None:
        if not started:
            self.starts(session, day=day, hour=int(begins[:2]))
        with december(day, int(ends[:2]), 55):
            self.logs(session, day=day, begins=begins, ends=ends)
            page = self.tessa.open(f"/desk/sessions/{session.pk}/")
            self.tessa.send(page.form(to="/submission/"), summary="The relay was rebuilt.")
        session.refresh_from_db()

    def agrees_to(self, session: Session, *, minutes: int, day: int, hour: int, minute: int) -> None:
        with december(day, hour, minute):
            page = self.tessa.open(f"/desk/sessions/{session.pk}/")
            self.tessa.send(page.form(to="/consents/"), minutes=minutes, reason="The relay is older than we knew.")
            page = self.anna.open(f"/consents/{Consent.objects.latest('pk').pk}/")
            self.anna.send(page.form(button="give"), answer="give")

    def objects_to(self, session: Session, *, minutes: int, reason: str) -> None:
        line = WorkEntry.objects.get(session=session)
        page = self.anna.open(f"/sessions/{session.pk}/dispute/")
        self.anna.send(page.form(having="reason"), **{f"line_{line.pk}": minutes}, reason=reason)

    def rules(self, session: Session, *, act: str, reason: str, **figures: Any) -> None:
        page = self.max.open(f"/desk/disputes/{session.disputes.get().pk}/")
        self.max.send(page.form(button=act), act=act, reason=reason, **figures)

    def confirms(self, session: Session, *, day: int, hour: int) -> None:
        with december(day, hour):
            page = self.anna.open(f"/sessions/{session.pk}/hours/")
            self.anna.send(page.form(to="/confirmation/"))

    # What is read afterwards.

    def penalty(self) -> Entry:
        return Entry.objects.get(kind="no_show")

    def branch(self) -> CreditAccount:
        return CreditAccount.objects.get(name="Branch")

    def statement(self) -> list[tuple[str, str, str]]:
        """Kind, change and balance of every line of the file, without its first and last."""
        with december(18, 9):
            page = self.anna.open(f"/credit/{self.acme.account.pk}/statement/", first="2026-11-01", last="2026-12-31")
            file = self.anna.client.get(
                f"/credit/{self.acme.account.pk}/statement.csv", {"first": "2026-11-01", "last": "2026-12-31"}
            ).content.decode("utf-8-sig")
        assert "4 h 40" in page.text
        rows = list(csv.DictReader(StringIO(file)))
        return [(row["Kind"], row["Change (minutes)"], row["Balance (minutes)"]) for row in rows[1:-1]]

    def every_line_explains_itself(self) -> None:
        with december(18, 9):
            for entry in Entry.objects.filter(account=self.acme.account):
                assert self.anna.open(f"/credit/entries/{entry.pk}/").status == 200
            for kind in ("pdf", "xlsx"):
                address = f"/credit/{self.acme.account.pk}/statement.{kind}"
                assert self.anna.client.get(address, {"first": "2026-11-01", "last": "2026-12-31"}).status_code == 200

    def everybody_was_told(self) -> None:
        _done, failed = run_due(at=at_stockholm(2026, 12, 18, 9))
        assert (failed, Notice.objects.exclude(state="sent").count()) == ([], 0)
        told = set(Notice.objects.filter(address="anna@acme.example").values_list("cause", flat=True))
        assert len(told) >= 12
