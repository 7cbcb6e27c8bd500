"""What an invoice costs late: interest by days, fees, compensation, and not while it is contested (rules I5, I8)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.errors import NotAllowed
from invoicing import contesting, crediting, issuing, late, rates, settlement
from invoicing.interest import RateUnknown
from invoicing.models import ExchangeRate, LateTerms, ReferenceRate, ReminderStep
from tests.cast import NOON
from tests.invoicing.overdue import DUE, contested, days_late, late_terms, run
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(cast):
    invoicing_terms()


def cost(invoice, days):
    invoice.refresh_from_db()
    return late.cost(invoice, on=DUE + timedelta(days=days), rates=late.reference_rates())


def test_i5_each_day_after_the_due_date_costs_by_the_rate_of_its_half_year(cast, acme):
    late_terms()
    ReferenceRate.objects.filter(year=2027, half=1).update(percent=Decimal("1.50"))
    invoice = an_invoice(acme, cast.fia)

    found = cost(invoice, 20)

    assert [(span.since, span.until, span.percent) for span in found.spans] == [
        (date(2026, 12, 19), date(2027, 1, 1), Decimal(10)),
        (date(2027, 1, 1), date(2027, 1, 8), Decimal("9.50")),
    ]
    assert (found.interest, found.reminders, found.compensation) == (Decimal("42.74") + Decimal("21.86"), 0, 0)
    assert cost(invoice, 0).total == 0
    assert cost(invoice, 10).total == Decimal("32.88")


def test_i5_what_was_paid_costs_no_more_and_what_was_credited_never_did(cast, acme):
    late_terms()
    invoice = an_invoice(acme, cast.fia)
    paid(invoice, 6000, cast.fia, at=days_late(5))
    crediting.credit(invoice, {invoice.lines.get().pk: Decimal(1600)}, reason="Agreed", by=cast.fia, at=days_late(7), cause="c")

    assert [(span.days, span.debt) for span in cost(invoice, 10).spans] == [(5, Decimal(10000)), (5, Decimal(4000))]
    paid(invoice, 4000, cast.fia, at=days_late(9))
    assert [(span.days, span.debt) for span in cost(invoice, 400).spans] == [(5, Decimal(10000)), (4, Decimal(4000))]


def test_i5_a_payment_that_was_taken_back_never_was(cast, acme):
    late_terms()
    invoice = an_invoice(acme, cast.fia)
    settlement.take_back(paid(invoice, 12000, cast.fia, at=NOON), reason="Not ours", by=cast.fia, at=days_late(3))

    assert [(span.days, span.debt) for span in cost(invoice, 10).spans] == [(10, Decimal(12000))]


def test_i5_paid_on_the_last_day_it_costs_nothing(cast, acme):
    late_terms(compensation=450)
    invoice = an_invoice(acme, cast.fia)
    paid(invoice, 12000, cast.fia, at=days_late(0))

    assert (cost(invoice, 90).spans, cost(invoice, 90).total) == ([], 0)


def test_i8_no_day_costs_while_it_is_contested(cast, acme):
    late_terms()
    invoice = an_invoice(acme, cast.fia)
    first = contested(invoice, acme.approver, at=days_late(3))
    contesting.withdraw(first, by=acme.approver, at=days_late(6))
    second = contested(invoice, acme.approver, at=days_late(8))

    spans = cost(invoice, 20).spans

    assert [(span.since, span.days) for span in spans] == [(date(2026, 12, 19), 2), (date(2026, 12, 24), 2)]
    contesting.reject(second, answer="It is right", by=cast.max, at=days_late(18))
    assert sum(span.days for span in cost(invoice, 20).spans) == 2 + 2 + 3


def test_i5_compensation_is_due_once_a_day_costs_and_fees_only_beyond_it(cast, acme, borealis):
    late_terms(compensation=100)
    invoice = an_invoice(acme, cast.fia)
    run(5, 17)

    assert (cost(invoice, 0).compensation, cost(invoice, 1).compensation) == (0, 100)
    assert cost(invoice, 17).reminders == 0
    run(32)
    assert (cost(invoice, 32).compensation, cost(invoice, 32).reminders) == (100, 20)


def test_p3_what_it_costs_is_what_was_agreed_when_it_was_issued(cast, acme):
    before = an_invoice(acme, cast.fia)
    late_terms()
    under = an_invoice(acme, cast.fia)
    LateTerms.objects.update(points=Decimal(20), compensation=450)
    ReminderStep.objects.update(fee=900)

    assert (cost(before, 10).total, cost(under, 10).total) == (0, Decimal("32.88"))
    run(5, 17)
    assert (cost(before, 17).total, cost(under, 17).reminders) == (0, 60)


def test_i5_an_invoice_in_another_currency_bears_interest_only(cast, acme):
    late_terms(compensation=450)
    draft = a_draft(acme)
    cast.provider.currency = "EUR"
    cast.provider.save()
    ExchangeRate.objects.create(currency="SEK", starts_on=date(2026, 1, 1), rate=Decimal("0.09"))
    invoice = issuing.issue(draft, by=cast.fia, at=NOON)
    run(5, 17)

    assert (cost(invoice, 17).compensation, cost(invoice, 17).reminders, cost(invoice, 10).interest) == (0, 0, Decimal("32.88"))


def test_i5_a_half_year_without_a_rate_is_never_guessed(cast, acme):
    late_terms()
    invoice = an_invoice(acme, cast.fia)
    ReferenceRate.objects.filter(year=2027).delete()

    assert cost(invoice, 13).interest == Decimal("42.74")
    with pytest.raises(RateUnknown, match="2027-01-01"):
        cost(invoice, 14)


def test_i5_rates_are_written_down_by_finance_and_administrators_with_history(cast, acme):
    for percent in (Decimal("-0.50"), Decimal("-0.50"), Decimal("1.75")):
        rates.write_down(year=2026, half=2, percent=percent, by=cast.ada, at=NOON)

    assert (late.reference_rates(), rates.missing(NOON)) == ({date(2026, 7, 1): Decimal("1.75")}, None)
    assert list(ReferenceRate.history.values_list("percent", "history_user")) == [
        (Decimal("1.75"), cast.ada.pk),
        (Decimal("-0.50"), cast.ada.pk),
    ]
    assert rates.missing(days_late(20)) == date(2027, 1, 1)
    for person in (cast.max, cast.tessa.person, acme.approver):
        with pytest.raises(NotAllowed):
            rates.write_down(year=2026, half=2, percent=Decimal(3), by=person, at=NOON)
