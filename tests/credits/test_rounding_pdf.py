"""What rounding did in a quarter, on paper (rules C7, C9, I4, P4)."""

from datetime import date, timedelta
from io import BytesIO

import pikepdf
import pytest
import time_machine
from django.urls import reverse

from clients.models import Provider
from credits import exports, ledger, rounding_report
from credits.exports import StatementTooLong, rounding_pdf
from credits.rounding_report import Quarter
from tests.cast import NOON
from tests.core.papers import pages_of
from tests.credits.posting import RATE, grant

pytestmark = pytest.mark.django_db
FOURTH = Quarter(2026, 4)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def charged(account, raw, minutes, text="Work", factor=100):
    held = ledger.claim(account=account, minutes=60, rate=RATE, cause=f"hold:{raw}:{minutes}", at=NOON)
    facts = {"occurred_on": date(2026, 11, 17), "raw_minutes": raw, "factor_percent": factor, "text": text}
    return ledger.capture(hold=held, minutes=minutes, voucher=ledger.Voucher(cause=f"s:{raw}:{minutes}", at=NOON, **facts))


def drawn(account, language="en"):
    lines = rounding_report.lines_of(account, FOURTH)
    (summed,) = rounding_report.by_quarter(line.rounded for line in lines) or [FOURTH]
    return rounding_pdf(account, summed, lines, provider=Provider.objects.get(), language=language, at=NOON)


def text_of(content):
    return " ".join(" ".join(pages_of(content)).replace("\xa0", " ").split())


def test_c7_the_receipt_says_line_by_line_what_rounding_did(acme):
    grant(acme.account, 480, at=NOON - timedelta(days=10))
    charged(acme.account, 47, 50, text="=2+3 <b>Disk</b>")
    charged(acme.account, 44, 40)

    first, again, swedish = drawn(acme.account), drawn(acme.account), drawn(acme.account, "sv")

    assert first == again
    with pikepdf.open(BytesIO(first)) as document, document.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
    for words in ("Rounding in quarter 4, 2026", "17 Nov 2026", "=2+3 <b>Disk</b>", "47 min", "50 min", "3 min", "−4 min", "−1 min"):
        assert words in text_of(first)
    assert "Avrundning" in text_of(swedish)


def test_c7_a_quarter_without_work_has_a_receipt_too(acme):
    assert "No hours were deducted" in text_of(drawn(acme.account))


def test_c7_more_than_a_paper_holds_is_refused(acme, monkeypatch, client_of):
    monkeypatch.setattr(exports.rounding_pdf.__globals__["pdf"], "render", None)
    monkeypatch.setitem(exports.rounding_pdf.__globals__, "MOST_PRINTED", 0)
    grant(acme.account, 480, at=NOON - timedelta(days=10))
    charged(acme.account, 47, 50)

    with pytest.raises(StatementTooLong):
        drawn(acme.account)
    assert client_of(acme.approver).get(reverse("rounding-pdf", args=[acme.account.pk, 2026, 4])).status_code == 400


def test_i4_the_page_leads_to_it(acme, client_of):
    browser, address = client_of(acme.approver), reverse("rounding-pdf", args=[acme.account.pk, 2026, 4])

    page, paper = browser.get(reverse("rounding", args=[acme.account.pk, 2026, 4])), browser.get(address)

    assert address in page.content.decode()
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert 'filename="acme-it-2026-q4.pdf"' in paper["Content-Disposition"]


@pytest.mark.parametrize(("year", "quarter"), [(2026, 0), (2026, 5), (0, 1), (9999, 1)])
def test_i4_no_such_quarter(acme, client_of, year, quarter):
    assert client_of(acme.approver).get(reverse("rounding-pdf", args=[acme.account.pk, year, quarter])).status_code == 404


def test_i4_the_stranger_finds_nothing(acme, borealis, client_of):
    assert client_of(borealis.approver).get(reverse("rounding-pdf", args=[acme.account.pk, 2026, 4])).status_code == 404
