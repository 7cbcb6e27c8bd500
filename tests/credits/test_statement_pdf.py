"""The statement on paper: letterhead, client, period, every line, what is left (rules C7, C9, C15, P4)."""

import logging
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from credits import exports, ledger
from credits.models import CreditAccount, Entry
from credits.statement import statement
from tests.cast import NOON, a_client
from tests.core.papers import pages_of
from tests.core.reaching import TYPED, listening
from tests.credits.posting import RATE, grant, hold, voucher, worked

pytestmark = pytest.mark.django_db
NOVEMBER = {"first": "2026-11-01", "last": "2026-11-30"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def account(acme):
    """A lot, a deduction with everything on it, and a hold."""
    acme.account.reference = "PO 4711"
    acme.account.save()
    grant(acme.account, 480, at=NOON - timedelta(days=10), expires_on=date(2027, 3, 31))
    held = ledger.claim(account=acme.account, minutes=60, rate=RATE, cause="hold:pdf", at=NOON)
    said = ledger.Voucher(cause="s:1", at=NOON, by=acme.approver, text="Disk is full", reason="Agreed by phone", raw_minutes=39)
    ledger.capture(hold=held, minutes=40, voucher=said)
    hold(acme.account, 120)
    acme.account.refresh_from_db()
    return acme.account


def address(account, name="statement-pdf"):
    return reverse(name, args=[account.pk])


def drawn(account, provider, language="en"):
    found = statement(account=account, first=date(2026, 11, 1), last=date(2026, 11, 30))
    return exports.statement_pdf(found, provider=provider, language=language, at=NOON)


def filled(account: CreditAccount, lines: int) -> None:
    """That many entries, written at once, for only their number matters."""
    Entry.objects.bulk_create(
        Entry(
            account=account,
            number=number,
            kind="adjustment",
            minutes=1,
            balance_after=number,
            cause=f"fill:{number}",
            recorded_at=NOON,
            occurred_on=NOON.date(),
            reason="Many",
        )
        for number in range(1, lines + 1)
    )


def test_c15_the_paper_says_whose_it_is_and_what_happened(account, cast):
    (page,) = pages_of(drawn(account, cast.provider))

    for said in (
        "Example Support AB Storgatan 1 111 22 Stockholm Organisation number 556677-8899",
        "Acme Organisation number 556000-0000",
        "Statement 1 Nov 2026 to 30 Nov 2026 Account IT Your reference PO 4711 Made 18 Nov 2026 12:00 Dates and times Europe/Stockholm",
        "Opening balance 0 h Change +7 h 20 Closing balance 7 h 20 min",
        "8 Nov 2026 Credit added automatically +8 h 00 8 h 00",
        "18 Nov 2026 Hours deducted: Disk is full 39 min worked until 18 Nov 2026, rounded",
        "Anna Testsson −0 h 40 7 h 20",
        "Available 5 h 20 min Held 2 h Used 40 min of 8 h",
        "8 Nov 2026 Top-up 31 Mar 2027 8 h 00 2 h 00 5 h 20",
        "Page 1 of 1",
    ):
        assert said in page
    assert "Agreed by phone" in page


def test_p4_a_swedish_reader_gets_a_swedish_paper(account, cast):
    (page,) = pages_of(drawn(account, cast.provider, language="sv"))

    assert "Kontoutdrag 1 nov 2026 till 30 nov 2026" in page
    assert "Avdragen tid: Disk is full" in page
    assert "Utgående saldo 7 tim 20 min" in page


def test_c11_what_is_owed_stands_there_in_red_letters(acme, cast):
    worked(acme.account, 50)
    acme.account.refresh_from_db()

    (page,) = pages_of(drawn(acme.account, cast.provider))

    assert "Owed 50 min" in page
    assert "Closing balance −50 min" in page
    assert "Nothing is left. A top-up adds to it." in page


def test_c17_a_factor_stands_beside_the_minutes_worked(acme, cast):
    held = ledger.claim(account=acme.account, minutes=60, rate=RATE, cause="hold:pdf", at=NOON)
    ledger.capture(hold=held, minutes=60, voucher=ledger.Voucher(cause="s:1", at=NOON, raw_minutes=39, factor_percent=150))

    (page,) = pages_of(drawn(acme.account, cast.provider))

    assert "39 min worked until 18 Nov 2026, rounded Counted at 150%" in page


def test_c14_a_line_that_takes_another_back_names_it_on_paper(account, cast):
    ledger.reverse(entry=Entry.objects.get(number=2), voucher=voucher(reason="Counted twice"))

    assert "Reversal takes back line 2" in pages_of(drawn(account, cast.provider))[0]


def test_c15_a_period_of_many_pages_repeats_its_heading_and_keeps_every_line(acme, cast):
    filled(acme.account, 100)

    pages = pages_of(drawn(acme.account, cast.provider))

    assert len(pages) > 2
    assert all("Date What Who Change Balance" in page for page in pages[:-1])
    assert all("Statement · Acme · IT · 1 Nov 2026 to 30 Nov 2026" in page for page in pages[1:])
    assert "Statement · Acme" not in pages[0]
    assert sum(page.count("Adjustment") for page in pages) == 100


def test_c15_the_same_statement_is_the_same_file_on_any_day(account, cast):
    first = drawn(account, cast.provider)

    with time_machine.travel(NOON + timedelta(days=500)):
        assert drawn(account, cast.provider) == first


def test_c15_the_page_gives_the_paper(account, acme, client_of):
    response = client_of(acme.requester).get(address(account), NOVEMBER)

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="acme-it-2026-11-01-2026-11-30.pdf"'
    assert "Disk is full" in pages_of(response.content)[0]


def test_p4_the_page_gives_it_in_the_readers_language(cast, client_of):
    svea = a_client(cast, "Svea", language="sv")

    assert "Kontoutdrag" in pages_of(client_of(svea.requester).get(address(svea.account)).content)[0]


def test_c15_more_than_fits_on_paper_is_refused_with_a_way_on(acme, client_of):
    filled(acme.account, exports.MOST_PRINTED + 1)
    browser = client_of(acme.requester)

    response = browser.get(address(acme.account), NOVEMBER)

    assert response.status_code == 400
    said = " ".join(response.content.decode().split())
    assert "This period has 1001 lines, and a PDF holds at most 1000. Choose a shorter period, or download the spreadsheet." in said
    assert 'value="2026-11-01"' in said
    assert [browser.get(address(acme.account, f"statement-{name}"), NOVEMBER).status_code for name in ("csv", "xlsx")] == [200, 200]


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_is_text_on_paper_and_fetches_nothing(acme, cast, typed):
    with listening() as door:
        said = typed.format(port=door.port)
        acme.organisation.name = acme.organisation.address = acme.account.name = acme.account.reference = said[:80]
        acme.organisation.save()
        acme.account.organisation = acme.organisation
        acme.account.save()
        acme.approver.name = said
        acme.approver.save()
        entry = ledger.Voucher(cause="x", at=NOON, by=acme.approver, text=said, reason=said)
        ledger.adjust(account=acme.account, minutes=7, voucher=entry)

        written = "".join("".join(pages_of(drawn(acme.account, cast.provider))).split())

        assert not door.visited()
    assert written.count("".join(said.split())) >= 4


def test_the_style_sheet_is_understood_wholly(account, cast, caplog):
    ledger.adjust(account=account, minutes=-900, voucher=voucher(reason="More than there is"))
    account.refresh_from_db()

    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        drawn(account, cast.provider)

    assert list(caplog.records) == []
