"""Debt is invoiced when its month is over, at its own price, and its invoice pays it (rule C11)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from djmoney.money import Money

from clients.models import Agreement
from core.errors import NotAllowed
from credits import audit, ledger, owed, topups
from credits.ledger import Rate
from credits.models import Debt, Lot, TopUp, TopUpState
from credits.topups import OwedAlready
from invoicing import debts, drafting, issuing
from invoicing.debts import NothingOwed
from invoicing.issuing import DebtChanged
from invoicing.models import Invoice, InvoiceEventKind, InvoiceLine, InvoiceState, InvoicingTerms
from tests.cast import NOON, a_client, at_stockholm
from tests.credits.posting import figures, grant, voucher
from tests.invoicing.owing import MONTH_OVER, drafted, invoiced, open_minutes, owes
from tests.invoicing.scene import invoicing_terms, paid
from tests.racing import race

pytestmark = pytest.mark.django_db
LATER = MONTH_OVER + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _terms(acme):
    invoicing_terms()


def test_c11_debt_waits_for_the_end_of_the_providers_month(acme):
    owes(acme)

    before = debts.pull_debts(by=None, at=MONTH_OVER - timedelta(seconds=1))
    after = debts.pull_debts(by=None, at=MONTH_OVER)

    assert (before, len(after), debts.pull_debts(by=None, at=LATER)) == ([], 1, [])


def test_c11_what_was_owed_after_the_month_began_waits_for_the_next(acme):
    owes(acme, at=MONTH_OVER)

    assert debts.invoice_debts_due(at_stockholm(2026, 12, 31, 23, 59)) == 0
    assert debts.invoice_debts_due(at_stockholm(2027, 1, 1)) == 1


def test_c11_all_debts_of_an_account_stand_on_one_draft_with_what_and_when(acme, borealis):
    owes(acme, 60, text="Upgrade of the app server")
    owes(acme, 90)
    owes(borealis, 30)

    mine, _theirs = debts.pull_debts(by=None, at=MONTH_OVER)

    lines = [(line.text, line.quantity, line.price, line.base, line.net) for line in mine.lines.order_by("position")]
    assert lines == [
        ("Server support 18 Nov 2026 · Upgrade of the app server · IT", Decimal(60), Decimal(1200), 60, Decimal(1200)),
        ("Server support 18 Nov 2026 · IT", Decimal(90), Decimal(1200), 60, Decimal(1800)),
    ]
    assert (mine.net, mine.vat, mine.total, mine.drafted_by) == (Decimal(3000), Decimal(750), Decimal(3750), None)


def test_c11_a_line_is_in_the_clients_language(cast):
    svenska = a_client(cast, "Svenska", language="sv")
    owes(svenska, text="Uppgradering")

    assert "18 nov 2026 · Uppgradering · IT" in drafted(svenska).lines.get().text


def test_c11_it_is_at_the_price_and_vat_of_the_debt(cast, acme):
    owes(acme, 90, rate=Rate(Money("800.00", "SEK"), Decimal(6)))
    cast.credit_terms.price_per_hour = Money("2000.00", "SEK")
    cast.credit_terms.save()

    draft = drafted(acme)

    assert (draft.net, draft.vat) == (Decimal(1200), Decimal(72))


def test_c11_issued_it_grants_lots_of_exactly_that_size_that_pay_it(cast, acme):
    owes(acme, 60)
    owes(acme, 90)

    invoice = invoiced(acme, cast.fia)

    lots = [(lot.granted_minutes, lot.spent_minutes, lot.total_price.amount) for lot in Lot.objects.order_by("pk")]
    assert lots == [(60, 60, Decimal(1200)), (90, 90, Decimal(1800))]
    assert (figures(acme.account), open_minutes(acme)) == ((0, 0, 0, 0), [0, 0])
    assert {top_up.state for top_up in TopUp.objects.all()} == {TopUpState.ORDERED}
    assert (invoice.state, audit.audit().findings) == (InvoiceState.ISSUED, [])


def test_c11_each_lot_pays_its_own_debt_and_not_the_oldest(cast, acme):
    first, second = owes(acme, 60), owes(acme, 90)
    order = owed.order(debt=Debt.objects.get(entry=second), by=None, at=NOON)
    assert order is not None

    topups.grant_on_issue(top_up=order, by=cast.fia, at=NOON)

    assert open_minutes(acme) == [60, 0]
    assert Debt.objects.get(entry=first).paid_minutes == 0


def test_c11_paid_in_full_it_is_closed_and_grants_nothing_more(cast, acme):
    owes(acme, 60)

    paid(invoiced(acme, cast.fia), 1500, cast.fia, at=LATER)

    assert (TopUp.objects.get().state, figures(acme.account), Lot.objects.count()) == (TopUpState.PAID, (0, 0, 0, 0), 1)


def test_c11_only_what_is_open_is_invoiced(acme):
    owes(acme, 90)
    grant(acme.account, 30)

    assert drafted(acme).lines.get().quantity == 60


def test_c11_what_was_paid_or_taken_back_whole_is_not_invoiced(acme):
    owes(acme, 60)
    grant(acme.account, 60)
    ledger.reverse(entry=owes(acme, 90), voucher=voucher(reason="Not ours"))

    assert debts.pull_debts(by=None, at=MONTH_OVER) == []


def test_c11_a_debt_that_costs_nothing_is_not_invoiced(acme):
    owes(acme, rate=Rate(Money(0, "SEK"), Decimal(25)))

    assert debts.pull_debts(by=None, at=MONTH_OVER) == []


def test_c11_a_draft_that_a_top_up_has_overtaken_is_not_issued_and_shrinks(cast, acme):
    owes(acme, 90)
    draft = drafted(acme)
    grant(acme.account, 30, at=MONTH_OVER)

    with pytest.raises(DebtChanged):
        issuing.issue(draft, by=cast.fia, at=LATER)
    (anew,) = drafting.pull(at=LATER)

    draft.refresh_from_db()
    assert (draft.state, draft.events.get(kind=InvoiceEventKind.DROPPED).by) == (InvoiceState.DROPPED, None)
    assert [(line.quantity, line.net) for line in anew.lines.all()] == [(Decimal(60), Decimal(1200))]
    assert [top_up.state for top_up in TopUp.objects.order_by("pk")] == [TopUpState.CANCELLED, TopUpState.ORDERED]
    assert issuing.issue(anew, by=cast.fia, at=LATER).payable == 1500
    assert figures(acme.account) == (0, 0, 0, 0)


def test_c11_a_draft_whose_debts_are_gone_is_dropped(acme):
    owes(acme, 90)
    draft = drafted(acme)
    grant(acme.account, 100, at=MONTH_OVER)

    assert drafting.pull(at=LATER) == []
    draft.refresh_from_db()
    assert (draft.state, InvoiceLine.objects.count(), TopUp.objects.get().state) == (InvoiceState.DROPPED, 0, TopUpState.CANCELLED)


def test_c11_a_reversal_after_the_draft_takes_its_line_away_alone(acme):
    wrong = owes(acme, 60)
    owes(acme, 90)
    drafted(acme)
    ledger.reverse(entry=wrong, voucher=voucher(at=MONTH_OVER, reason="Not ours"))

    (anew,) = debts.pull_debts(by=None, at=LATER)

    assert [line.quantity for line in anew.lines.all()] == [90]


def test_c11_hours_taken_back_after_the_invoice_are_credit_again(cast, acme):
    entry = owes(acme, 60)
    invoiced(acme, cast.fia)

    ledger.reverse(entry=entry, voucher=voucher(at=LATER, reason="Not ours"))

    assert (figures(acme.account), audit.audit().findings) == ((60, 0, 0, 60), [])


def test_c11_a_draft_that_finance_drops_is_drafted_again(cast, acme):
    owes(acme, 60)
    drafting.drop(drafted(acme), reason="Look at it first", by=cast.fia, at=LATER)

    again = drafted(acme, at=LATER)

    assert (again.lines.count(), TopUp.objects.count()) == (1, 1)


def test_c11_finance_may_invoice_it_at_once(cast, acme):
    owes(acme, 60)

    (draft,) = debts.invoice_now(account=acme.account, by=cast.fia, at=NOON)

    assert (draft.drafted_by, draft.lines.get().top_up.ordered_by) == (cast.fia, cast.fia)
    assert debts.invoice_now(account=acme.account, by=cast.fia, at=NOON) == [draft]
    issuing.issue(draft, by=cast.fia, at=NOON)
    with pytest.raises(NothingOwed):
        debts.invoice_now(account=acme.account, by=cast.fia, at=NOON)


def test_c11_nobody_but_finance_does(cast, acme):
    owes(acme, 60)

    for person in (cast.max, cast.ada, acme.approver):
        with pytest.raises(NotAllowed):
            debts.invoice_now(account=acme.account, by=person, at=NOON)


def test_c11_what_is_owed_is_not_withdrawn(cast, acme):
    owes(acme, 60)
    drafted(acme)

    for person in (acme.approver, cast.fia):
        with pytest.raises(OwedAlready):
            topups.cancel(top_up=TopUp.objects.get(), by=person, at=LATER)


def test_p5_the_debt_of_an_agreement_that_has_ended_is_invoiced(cast, acme):
    owes(acme, 60)
    Agreement.objects.filter(organisation=acme.organisation).update(ends_on=NOON.date() + timedelta(days=1))

    invoiced(acme, cast.fia)

    assert figures(acme.account) == (0, 0, 0, 0)


def test_c11_where_nothing_is_invoiced_the_job_does_nothing(acme):
    owes(acme, 60)
    InvoicingTerms.objects.all().delete()

    assert debts.invoice_debts_due(MONTH_OVER) == 0


def test_c11_the_database_knows_one_order_of_a_debt(acme):
    owes(acme, 60)
    drafted(acme)
    again = TopUp.objects.get()
    again.pk, again.cause = None, "debt:again"

    with pytest.raises(Exception, match=r"debt_invoiced_once|UNIQUE"):
        again.save(force_insert=True)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c11_two_jobs_at_once_draft_it_once(acme):
    owes(acme, 60)

    outcome = race(4, lambda _number: debts.invoice_debts_due(MONTH_OVER))

    assert (outcome.errors, sum(outcome.results)) == ([], 1)
    assert (TopUp.objects.count(), Invoice.objects.filter(state=InvoiceState.DRAFT).count()) == (1, 1)
    assert outcome.most_inside > 1 or connection.vendor == "sqlite"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("minutes", [30, 60, 90])
def test_c11_a_payment_and_the_issue_at_once_never_invoice_a_paid_minute(cast, acme, minutes):
    owes(acme, 60)
    draft = drafted(acme)
    acts = [
        lambda: issuing.issue(draft, by=cast.fia, at=LATER),
        lambda: grant(acme.account, minutes, cause="top-up:paid", at=LATER),
        lambda: drafting.pull(at=LATER),
    ]

    outcome = race(3, lambda number: acts[number]())
    drafting.pull(at=LATER)

    assert [type(error) for error in outcome.errors if type(error) not in (DebtChanged, issuing.NothingToIssue)] == []
    billed = sum(line.quantity for line in InvoiceLine.objects.all())
    assert billed == (60 if Invoice.objects.filter(state=InvoiceState.ISSUED).exists() else max(60 - minutes, 0))
    assert audit.audit().findings == []
