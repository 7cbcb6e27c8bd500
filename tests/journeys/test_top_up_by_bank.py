"""A booking without credit, its top-up, the invoice, the bank's file, and the books, through the pages (rules C4, C6, C15, I1 to I4, I6).

The bank tells on Wednesday of money that comes on Thursday, so that it is the job that leads it to the invoice.
"""

from decimal import Decimal
from typing import NamedTuple

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from clients.models import Organisation
from credits.audit import audit
from credits.models import Entry, EntryKind, Hold, Lot, TopUp
from dashboard.due import run_due
from invoicing import checking
from invoicing.models import BankFile, BankTransaction, BookFile, Invoice, Payment
from people.models import Person
from sessions.audit import audit as audit_sessions
from sessions.models import Session
from tests.cast import at_stockholm
from tests.core.papers import pages_of
from tests.invoicing import sie_reading
from tests.invoicing.access_points import a_buyer, a_seller
from tests.invoicing.bank_files import Ntry, Tx, camt053
from tests.invoicing.books_scene import a_chart
from tests.journeys.story import Story, travel

pytestmark = pytest.mark.django_db
WORDS = {
    "en": {"waits": "2 h is missing", "price": "SEK 12,000.00", "paid": "Paid", "left": "6 h"},
    "sv": {"waits": "2 tim saknas", "price": "12 000,00 kr", "paid": "Betald", "left": "6 tim"},
}


class BankStory(Story):
    """The same people, with invoices and the bank between them."""

    def waits_for_credit(self, words: dict[str, str]) -> None:
        """Rolf books; Anna tops up from the page of the session, which says how much is missing."""
        self.books(day=24, hour=10, technicians=2)
        assert figures() == Figures(session="awaiting_top_up")
        with travel(18, 11):
            page = self.anna.open(f"/sessions/{Session.objects.get().pk}/")
            assert words["waits"] in page.text
            address = f"/credit/{self.acme.account.pk}/top-ups/new/"
            assert f'href="{address}?at_least=120"' in page.html
            offer = self.anna.open(address, at_least=120)
            assert words["price"] in offer.text
            self.anna.send(offer.form(having="quantity"), quantity="1", unit="days")

    def is_invoiced(self) -> Invoice:
        """Fia drafts what is billable, looks at it, and issues it; the job makes its documents."""
        with travel(18, 13):
            self.fia.send(self.fia.open("/desk/invoices/").form(to="/drafting/"))
            draft = Invoice.objects.get()
            self.fia.send(self.fia.open(f"/desk/invoices/{draft.pk}/").form(to="/issuing/"))
        all_is_done(18, 13, 5)
        draft.refresh_from_db()
        assert (draft.state, draft.payable) == ("issued", Decimal(12000))
        return draft

    def is_downloaded(self, invoice: Invoice) -> None:
        """Anna finds it, with what to name in the payment, and gets both documents."""
        with travel(18, 14):
            self.anna.open("/invoices/")
            page = self.anna.open(f"/invoices/{invoice.pk}/")
            addresses = [f"/invoices/{invoice.pk}/document/{kind}/" for kind in ("pdf", "xml")]
            assert all(f'href="{address}"' in page.html for address in addresses)
            paper, xml = (self.anna.client.get(address) for address in addresses)
        assert invoice.ocr in page.text
        for said in (" ".join(pages_of(paper.content)), xml.content.decode()):
            assert str(invoice.number) in said
            assert invoice.ocr in said

    def hands_in(self, raw: bytes, name: str = "camt053.xml", *, day: int = 18) -> None:
        """Fia gives the bank's file to the desk."""
        with travel(day, 15):
            form = self.fia.open("/desk/bank/").form(to="/bank/")
            read = self.fia.client.post("/desk/bank/", form.fields | {"file": SimpleUploadedFile(name, raw)}, follow=True)
        assert read.status_code == 200

    def makes_the_months_file(self) -> sie_reading.Read:
        """Fia makes the file of November, and another reader than our own reads it."""
        with travel(1, 9, month=12):
            self.fia.send(self.fia.open("/desk/books/").form(having="until"), until="2026-11-30")
            return sie_reading.read(self.fia.client.get(f"/desk/books/files/{BookFile.objects.get().pk}/sie/").content)


class Figures(NamedTuple):
    """What there is of everything that must be there once; nothing yet."""

    session: str
    files: int = 0
    movements: int = 0
    payments: int = 0
    lots: tuple[int, ...] = ()
    granted: tuple[int, ...] = ()


def figures() -> Figures:
    """As it is now."""
    return Figures(
        session=Session.objects.get().state,
        files=BankFile.objects.count(),
        movements=BankTransaction.objects.count(),
        payments=Payment.objects.count(),
        lots=tuple(Lot.objects.values_list("granted_minutes", flat=True)),
        granted=tuple(Entry.objects.filter(kind=EntryKind.GRANT).values_list("minutes", flat=True)),
    )


BEFORE = Figures(session="awaiting_top_up", files=1, movements=1)
AFTER = Figures(session="scheduled", files=1, movements=1, payments=1, lots=(480,), granted=(480,))


@pytest.fixture
def language():
    """English, where a test does not say otherwise."""
    return "en"


@pytest.fixture
def story(cast, acme, language):
    """A provider who sends invoices and keeps books; everybody reads the language."""
    cache.clear()
    a_seller()
    a_buyer(acme, sent_by="portal")
    a_chart()
    Person.objects.update(language=language)
    Organisation.objects.update(language=language)
    with travel(18, 10):
        return BankStory(cast, acme)


@pytest.mark.parametrize("language", ["en", "sv"])
def test_c4_c6_i3_the_job_leads_the_payment_to_the_invoice_and_the_booking_that_waited_is_scheduled(story, language):
    words = WORDS[language]
    story.waits_for_credit(words)
    invoice = story.is_invoiced()
    story.is_downloaded(invoice)

    story.hands_in(paid_on(19, invoice))
    all_is_done(18, 23, 59)
    assert figures() == BEFORE
    all_is_done(19, 6)

    assert figures() == AFTER
    hold = Session.objects.get().hold
    assert (hold.state, hold.covered_minutes, story.figures()) == ("placed", 120, (360, 120, 0))
    with travel(19, 9):
        assert words["paid"] in story.anna.open(f"/invoices/{invoice.pk}/").text
        assert words["left"] in story.anna.open("/").text
    nothing_is_wrong(19, 9)


def test_i3_the_same_bank_file_a_second_time_does_nothing(story):
    story.waits_for_credit(WORDS["en"])
    raw = paid_on(19, story.is_invoiced())
    story.hands_in(raw)
    story.hands_in(raw, name="again before the day of the money.xml")
    assert figures() == BEFORE
    all_is_done(19, 6)
    assert figures() == AFTER

    for name in ("camt053.xml", "under another name.xml"):
        story.hands_in(raw, name, day=19)
        all_is_done(19, 16)

    assert figures() == AFTER
    assert (Hold.objects.count(), TopUp.objects.get().state, story.figures()) == (1, "paid", (360, 120, 0))
    nothing_is_wrong(19, 17)


def test_i6_c15_the_months_file_balances_and_no_audit_finds_anything(story):
    story.waits_for_credit(WORDS["en"])
    story.hands_in(paid_on(18, story.is_invoiced()))
    assert figures() == AFTER

    read = story.makes_the_months_file()

    assert [sum(amount for _account, amount, _text in voucher["rows"]) for voucher in read.vouchers] == [0, 0]
    rows = [(voucher["day"], account, amount) for voucher in read.vouchers for account, amount, _text in voucher["rows"]]
    assert sorted(rows) == [
        ("20261118", "1510", Decimal(-12000)),
        ("20261118", "1510", Decimal(12000)),
        ("20261118", "1930", Decimal(12000)),
        ("20261118", "2420", Decimal(-9600)),
        ("20261118", "2611", Decimal(-2400)),
    ]
    nothing_is_wrong(1, 9, month=12)


def paid_on(day: int, invoice: Invoice) -> bytes:
    """The bank's file of a payment that names the invoice by its reference, and comes on that day."""
    return camt053(Ntry(amount="12000.00", booked=f"<Dt>2026-11-{day}</Dt>", details=[Tx(amount="12000.00", refs=[invoice.ocr])]))


def all_is_done(day: int, hour: int, minute: int = 0) -> None:
    """Everything that is due then, and nothing fails."""
    with travel(day, hour, minute):
        assert run_due(at=at_stockholm(2026, 11, day, hour, minute))[1] == []


def nothing_is_wrong(day: int, hour: int, *, month: int = 11) -> None:
    """No audit finds anything: of the ledger, of the sessions, of the invoices with their books."""
    assert (audit().findings, audit_sessions().findings) == ([], [])
    report = checking.check(at=at_stockholm(2026, month, day, hour))
    assert (report.faults, report.figures["invoices"], report.figures["payments"]) == ([], 1, 1)
