"""What was charged beyond the end of an agreement is not invoiced, or taken back pro rata (rules I7, I1)."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from clients import agreed
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from invoicing import crediting, drafting, plan_ends, plan_fees
from invoicing.models import Invoice, InvoiceKind, InvoiceState, PlanCharge, PlanCredit
from tests.cast import NOON
from tests.invoicing.plan_scene import a_fee_invoice, a_paid_plan, at_noon, bound, charged, charging_terms, ended
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
MID_DECEMBER = date(2026, 12, 11)
NOVEMBER = ("2026-11-01", "2026-12-01", "3000.00")


@pytest.fixture
def row(acme):
    charging_terms(plan_fees_from=date(2026, 11, 1))
    return bound(acme, a_paid_plan(fee="3000"), starts_on=date(2026, 11, 1))


def the_credit():
    return PlanCredit.objects.select_related("charge__agreement__organisation").get(settled_at=None)


def test_i7_what_is_not_invoiced_becomes_shorter_or_goes(row):
    plan_fees.charge_due(at_noon(date(2026, 12, 20)))
    ended(row, MID_DECEMBER)

    first, again = plan_ends.take_back_due(NOON), plan_ends.take_back_due(NOON)

    assert (first, again) == (2, 0)
    assert charged(row) == [NOVEMBER, ("2026-12-01", "2026-12-11", "967.74")]


def test_i7_a_draft_with_days_after_the_end_is_dropped_and_drafted_again(row):
    plan_fees.charge_due(NOON)
    [draft] = drafting.pull(at=NOON)
    ended(row, MID_DECEMBER)

    plan_ends.take_back_due(NOON)
    [again] = drafting.pull(at=NOON)

    draft.refresh_from_db()
    assert (draft.state, again.net) == (InvoiceState.DROPPED, Decimal("3967.74"))


def test_i7_of_an_invoiced_period_the_rest_is_proposed_and_credited_with_one_press(cast, row):
    invoice = a_fee_invoice(cast.fia)
    ended(row, MID_DECEMBER)
    assert (plan_ends.take_back_due(NOON), plan_ends.take_back_due(NOON)) == (1, 0)
    credit = the_credit()

    note = plan_ends.settle(credit, shown=str(credit.net), by=cast.fia, at=NOON)
    again = plan_ends.settle(credit, shown=str(credit.net), by=cast.fia, at=NOON)

    assert (credit.first, credit.until, credit.net) == (MID_DECEMBER, date(2027, 1, 1), Decimal("2032.26"))
    assert (note, note.kind, note.net, note.preceding) == (again, InvoiceKind.CREDIT_NOTE, Decimal("2032.26"), invoice)
    assert note.reason == "The agreement ended. Not used: 11 Dec 2026 – 31 Dec 2026."
    assert plan_ends.take_back_due(NOON) == 0


def test_i7_only_finance_takes_back_and_only_what_was_shown(cast, row):
    a_fee_invoice(cast.fia)
    ended(row, MID_DECEMBER)
    plan_ends.take_back_due(NOON)
    credit = the_credit()

    for person in (cast.max, cast.ada, cast.tessa.person):
        with pytest.raises(NotAllowed):
            plan_ends.settle(credit, shown=str(credit.net), by=person, at=NOON)
    with pytest.raises(crediting.SumChanged):
        plan_ends.settle(credit, shown="1.00", by=cast.fia, at=NOON)
    assert Invoice.objects.filter(kind=InvoiceKind.CREDIT_NOTE).count() == 0


def test_i7_finance_may_keep_it_for_a_reason_and_is_not_asked_again(cast, row):
    a_fee_invoice(cast.fia)
    ended(row, MID_DECEMBER)
    plan_ends.take_back_due(NOON)
    credit = the_credit()

    with pytest.raises(ReasonMissing):
        plan_ends.keep(credit, reason=" ", by=cast.fia, at=NOON)
    plan_ends.keep(credit, reason="Agreed at the cancellation", by=cast.fia, at=NOON)

    assert plan_ends.take_back_due(NOON) == 0
    with pytest.raises(plan_ends.CreditSettled):
        plan_ends.settle(credit, shown=str(credit.net), by=cast.fia, at=NOON)


def test_i7_an_end_that_is_put_off_takes_the_proposal_away_and_one_that_comes_nearer_adds_to_it(cast, row):
    a_fee_invoice(cast.fia)
    ended(row, MID_DECEMBER)
    plan_ends.take_back_due(NOON)
    ended(row, date(2026, 12, 21))
    plan_ends.take_back_due(NOON)
    later = (the_credit().first, the_credit().net)
    ended(row, None)
    plan_ends.take_back_due(NOON)

    assert later == (date(2026, 12, 21), Decimal("1064.52"))
    assert PlanCredit.objects.count() == 0


def test_i7_days_that_were_credited_are_charged_again_where_the_agreement_goes_on(cast, row):
    a_fee_invoice(cast.fia)
    ended(row, MID_DECEMBER)
    plan_ends.take_back_due(NOON)
    plan_ends.settle(the_credit(), shown="2032.26", by=cast.fia, at=NOON)

    ended(row, None)
    plan_fees.charge_due(NOON)
    plan_fees.charge_due(NOON)

    assert charged(row) == [NOVEMBER, ("2026-12-01", "2027-01-01", "3000.00"), ("2026-12-11", "2027-01-01", "2032.26")]


def test_i7_whole_periods_after_the_end_are_credited_whole_and_charged_a_second_time(cast, row):
    a_fee_invoice(cast.fia)
    ended(row, date(2026, 12, 1))
    plan_ends.take_back_due(NOON)
    plan_ends.settle(the_credit(), shown="3000.00", by=cast.fia, at=NOON)
    ended(row, None)

    plan_fees.charge_due(NOON)

    assert [charge.turn for charge in PlanCharge.objects.filter(first=date(2026, 12, 1)).order_by("turn")] == [1, 2]


def test_i7_an_end_that_comes_nearer_after_a_credit_note_takes_the_days_between_back(cast, row):
    a_fee_invoice(cast.fia)
    ended(row, date(2026, 12, 21))
    plan_ends.take_back_due(NOON)
    plan_ends.settle(the_credit(), shown="1064.52", by=cast.fia, at=NOON)

    ended(row, MID_DECEMBER)
    plan_ends.take_back_due(NOON)

    assert (the_credit().until, the_credit().net) == (date(2026, 12, 21), Decimal("967.74"))


def test_i7_a_plan_that_is_taken_out_of_the_agreement_ends_on_that_day(cast, row):
    a_fee_invoice(cast.fia)
    with time_machine.travel(at_noon(date(2026, 12, 5)), tick=False):
        agreed.bind(agreement=row.agreement, bound=[], reason="As agreed", by=cast.max, at=NOON)

    plan_ends.take_back_due(at_noon(date(2026, 12, 8)))

    assert (the_credit().first, the_credit().net) == (date(2026, 12, 5), Decimal("2612.90"))


def test_i7_what_was_settled_stands_in_the_database(cast, row):
    a_fee_invoice(cast.fia)
    ended(row, MID_DECEMBER)
    plan_ends.take_back_due(NOON)
    plan_ends.settle(the_credit(), shown="2032.26", by=cast.fia, at=NOON)

    for change in (lambda: PlanCredit.objects.update(net=1), lambda: PlanCredit.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_rel16_two_of_finance_take_the_same_days_back_once(cast, acme):
    charging_terms(plan_fees_from=date(2026, 11, 1))
    row = bound(acme, a_paid_plan(), starts_on=date(2026, 11, 1))
    invoice = a_fee_invoice(cast.fia)
    ended(row, MID_DECEMBER)
    plan_ends.take_back_due(NOON)
    credit = the_credit()

    crowd, _meeting = at_once(4, lambda _number: plan_ends.settle(credit, shown="2032.26", by=cast.fia, at=NOON).pk)

    invoice.refresh_from_db()
    assert (crowd.errors, len(set(crowd.answers.values()))) == ([], 1)
    assert Invoice.objects.filter(kind=InvoiceKind.CREDIT_NOTE).count() == 1
    assert crowd.most_inside > 1 or connection.vendor == "sqlite"
