"""A client's statement of account: between two balances every document and payment, and what is open (rules I1, I3, I4)."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import pairwise

import pikepdf
import pytest
from djmoney.money import Money

from invoicing import client_statement, resolving, settlement, statement_paper
from invoicing.client_statement import StatementTooLong, What
from invoicing.models import InvoicingTerms, Payment, PaymentWay
from tests.cast import NOON
from tests.core.papers import pages_of
from tests.invoicing.abroad import credited, drafted, euro, sold
from tests.invoicing.scene import an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
MONTH, DAY = timedelta(days=30), timedelta(days=1)


@pytest.fixture
def fia(cast):
    invoicing_terms()
    return cast.fia


def of(client, first=FIRST, last=LAST):
    return client_statement.of(client.organisation, first=first, last=last)


def lines(account):
    return [(line.happened.on.day, line.happened.what, line.change.amount, line.balance.amount) for line in account.lines]


def kept(client, amount, fia, at=NOON):
    facts = {"organisation": client.organisation, "way": PaymentWay.HAND, "currency": "SEK", "recorded_at": at, "recorded_by": fia}
    return Payment.objects.create(cause=f"kept:{amount}", amount=amount, paid_on=at.date(), **facts)


def test_i4_between_two_balances_stands_everything_that_happened(acme, fia):
    before = an_invoice(acme, fia, at=NOON - MONTH)
    paid(before, 2000, fia, at=NOON - MONTH)
    invoice = an_invoice(acme, fia)
    credited(invoice, 600, fia, at=NOON + DAY)
    paid(before, 10000, fia, at=NOON + 2 * DAY)
    an_invoice(acme, fia, at=NOON + MONTH)

    (account,) = of(acme).accounts

    assert (account.opening, account.closing) == (Money(10000, "SEK"), Money(11250, "SEK"))
    assert lines(account) == [
        (18, What.INVOICE, 12000, 22000),
        (19, What.CREDIT_NOTE, -750, 21250),
        (20, What.PAYMENT, -10000, 11250),
    ]
    assert [(item.invoice, item.open.amount, item.days_overdue) for item in account.items] == [(invoice, 11250, 0)]


def test_i4_one_statement_goes_on_where_the_last_ended(acme, fia):
    paid(an_invoice(acme, fia), 5000, fia, at=NOON + 5 * DAY)
    days = [date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 23), date(2026, 11, 24), LAST]

    found = [of(acme, first, until - DAY).accounts[0] for first, until in pairwise(days)]

    assert [account.opening.amount for account in found] == [0, 12000, 12000, 7000]
    assert [account.closing.amount for account in found] == [12000, 12000, 7000, 7000]


def test_i4_how_old_is_what_is_open_is_told_for_the_last_day(acme, fia):
    late = an_invoice(acme, fia, at=NOON - 3 * MONTH)
    an_invoice(acme, fia)

    (account,) = of(acme).accounts
    (then,) = of(acme, date(2026, 8, 1), date(2026, 9, 20)).accounts

    assert [(item.invoice == late, item.days_overdue) for item in account.items] == [(True, 72), (False, 0)]
    assert [group.amount for group in account.age.groups] == [12000, 0, 0, 12000, 0]
    assert (account.age.together, then.age.groups[1].amount) == (account.closing, 12000)


def test_i4_what_came_of_it_later_does_not_change_what_was_open_then(acme, fia):
    invoice = an_invoice(acme, fia)
    paid(invoice, 12000, fia, at=NOON + MONTH)

    (account,) = of(acme).accounts

    assert [item.open.amount for item in account.items] == [12000]


def test_i4_money_kept_is_the_clients(acme, fia):
    invoice = an_invoice(acme, fia)
    kept(acme, 5000, fia)
    resolving.use(invoice, by=fia, at=NOON + DAY, key="k")

    (account,), (before,) = of(acme).accounts, of(acme, FIRST, date(2026, 11, 18)).accounts

    assert [line.happened.what for line in account.lines] == [What.INVOICE, What.KEPT, What.PAYMENT, What.USED]
    assert (before.kept.amount, before.closing.amount, account.kept.amount, account.closing.amount) == (5000, 7000, 0, 7000)
    assert [item.open.amount for item in account.items] == [7000]


def test_i4_a_payment_taken_back_is_owed_again(acme, fia):
    payment = paid(an_invoice(acme, fia), 12000, fia)
    settlement.take_back(payment, reason="Wrong client", by=fia, at=NOON + DAY)

    (account,) = of(acme).accounts

    assert lines(account)[1:] == [(18, What.PAYMENT, -12000, 0), (19, What.TAKEN_BACK, 12000, 12000)]


def test_i4_what_is_credited_after_it_was_paid_is_the_clients(acme, fia):
    invoice = an_invoice(acme, fia)
    paid(invoice, 12000, fia)
    credited(invoice, 600, fia)

    (account,) = of(acme).accounts

    assert (account.closing.amount, account.items, account.kept.amount) == (-750, [], 750)
    assert account.age.together.amount == 0


@pytest.mark.parametrize("parts", [["1000.30"], ["600.10", "400.20"], ["0.01", "1000.29"], ["999.99"]])
def test_i4_with_the_last_credit_note_the_rounding_goes_too(acme, fia, parts):
    InvoicingTerms.objects.update(whole_kronor=True)
    invoice = sold(acme, fia, ("1000.30", 25))
    for part in parts:
        credited(invoice, part, fia)
    invoice.refresh_from_db()

    (account,) = of(acme).accounts

    assert account.closing == invoice.open
    assert sum((item.open.amount for item in account.items), Decimal(0)) == invoice.open.amount


def test_i4_each_currency_has_a_statement_of_its_own(acme, fia):
    euro()
    sold(acme, fia, (100, 25), currency="EUR")
    sold(acme, fia, (100, 25))

    assert [(account.currency, account.closing) for account in of(acme).accounts] == [
        ("EUR", Money(125, "EUR")),
        ("SEK", Money(125, "SEK")),
    ]


def test_i4_drafts_and_other_clients_are_not_on_it(acme, borealis, fia):
    drafted(acme, (100, 25))
    sold(borealis, fia, (100, 25))

    assert of(acme).accounts == []
    with pytest.raises(ValueError, match="ends"):
        of(acme, LAST, FIRST)


def test_i4_many_lines_take_as_many_queries_as_one(acme, fia, django_assert_num_queries):
    for _ in range(4):
        credited(an_invoice(acme, fia), 100, fia)

    with django_assert_num_queries(2):
        of(acme)


def text_of(content):
    return " ".join(" ".join(pages_of(content)).replace("\xa0", " ").split())


def test_i4_on_paper_in_both_languages_archivable_and_the_same_bytes(acme, fia):
    acme.organisation.name = "=<b>Ærø & 李明</b>"
    acme.organisation.save()
    late = an_invoice(acme, fia, at=NOON - 2 * MONTH)
    paid(late, 2000, fia)
    found = of(acme)

    first, again = (statement_paper.drawn(found, language="en", at=NOON) for _ in range(2))
    swedish = statement_paper.drawn(found, language="sv", at=NOON)

    assert first == again
    for expected in ("Statement of account", "=<b>Ærø &", "1 Nov 2026 to 30 Nov 2026", str(late.number), "SEK 12,000.00", "SEK 10,000.00"):
        assert expected in text_of(first)
    assert "10 000,00 kr" in text_of(swedish)
    with pikepdf.open(BytesIO(first)) as document, document.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")


def test_i4_an_empty_statement_is_a_paper_too(acme, fia):
    assert "Nothing has been invoiced" in text_of(statement_paper.drawn(of(acme), language="en", at=NOON))


def test_i4_more_than_a_paper_holds_is_refused(acme, fia, monkeypatch):
    monkeypatch.setattr(statement_paper, "MOST_PRINTED", 1)
    paid(an_invoice(acme, fia), 12000, fia)

    with pytest.raises(StatementTooLong):
        statement_paper.drawn(of(acme), language="en", at=NOON)
