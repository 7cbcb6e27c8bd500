"""The fees of plans are charged in advance, each day once, and invoiced apart (rules I7, P3, C3)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from djmoney.money import Money

from clients import agreed, fees
from clients.models import Agreement, PlanFee
from core.formatting import money
from invoicing import drafting, issuing, plan_fees
from invoicing.models import Invoice, InvoiceLine, PlanCharge
from notices.models import Notice
from tests.cast import NOON
from tests.invoicing.plan_scene import a_fee_invoice, a_paid_plan, at_noon, bound, charged, charging_terms, days
from tests.invoicing.scene import a_top_up
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
DECEMBER = ("2026-12-01", "2027-01-01", "3000.00")


@pytest.fixture
def row(acme):
    """Acme has a plan for 3 000 a month from 16 November 2026 on."""
    charging_terms()
    return bound(acme, a_paid_plan(), starts_on=date(2026, 11, 16))


def test_i7_what_begins_within_the_days_ahead_is_charged_once(row):
    first, again = plan_fees.charge_due(NOON), plan_fees.charge_due(NOON)

    assert (first, again) == (1, 0)
    assert charged(row) == [("2026-11-16", "2026-12-01", "1500.00"), DECEMBER]


def test_i7_a_job_that_was_away_for_months_leaves_nothing_out(row):
    plan_fees.charge_due(NOON)

    plan_fees.charge_due(at_noon(date(2027, 4, 5)))

    firsts = [first for first, _until, _net in charged(row)]
    assert firsts == ["2026-11-16", "2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01", "2027-04-01", "2027-05-01"]


def test_i7_a_job_every_day_charges_what_one_now_and_then_does(row):
    for day in days(date(2026, 11, 1), 120):
        plan_fees.charge_due(at_noon(day))

    assert charged(row)[-1] == ("2027-03-01", "2027-04-01", "3000.00")
    assert len(charged(row)) == 5
    assert PlanCharge.objects.get(first=date(2027, 3, 1)).charged_at == at_noon(date(2027, 1, 30))


def test_i7_the_day_is_the_providers_over_a_change_of_the_clock(acme, cast):
    charging_terms(plan_ahead_days=0, plan_fees_from=date(2027, 3, 1))
    row = bound(acme, a_paid_plan(), starts_on=date(2027, 3, 29))

    just_before = at_noon(date(2027, 3, 28)).replace(hour=21, minute=59)
    plan_fees.charge_due(just_before)
    before = charged(row)
    plan_fees.charge_due(just_before + timedelta(minutes=1))

    assert (before, charged(row)) == ([], [("2027-03-29", "2027-04-01", "290.32")])


def test_i7_periods_from_the_31st_follow_the_anniversary_in_a_leap_year(acme):
    charging_terms(plan_periods="anniversary", plan_ahead_days=0)
    row = bound(acme, a_paid_plan(), starts_on=date(2027, 12, 31))

    plan_fees.charge_due(at_noon(date(2028, 3, 31)))

    assert charged(row) == [
        ("2027-12-31", "2028-01-31", "3000.00"),
        ("2028-01-31", "2028-02-29", "3000.00"),
        ("2028-02-29", "2028-03-31", "3000.00"),
        ("2028-03-31", "2028-04-30", "3000.00"),
    ]


def test_i7_a_year_with_a_leap_day_is_shared_by_its_days(acme):
    charging_terms()
    row = bound(acme, a_paid_plan(fee="36600", per="year"), starts_on=date(2028, 2, 29))

    plan_fees.charge_due(at_noon(date(2028, 2, 29)))

    assert charged(row) == [("2028-02-29", "2029-01-01", "30700.00")]


def test_p3_a_fee_that_is_announced_with_notice_divides_the_period_it_begins_in(row, cast):
    another = fees.OtherFee(fee=Money(3600, "SEK"), per="month", starts_on=date(2027, 1, 21), reason="Costs rose")
    fees.announce(plan=row.plan, other=another, by=cast.fia, at=NOON)

    plan_fees.charge_due(at_noon(date(2027, 1, 2)))

    assert charged(row)[2:] == [
        ("2027-01-01", "2027-01-21", "1935.48"),
        ("2027-01-21", "2027-02-01", "1277.42"),
        ("2027-02-01", "2027-03-01", "3600.00"),
    ]


def test_p3_what_was_charged_is_never_rewritten_by_another_fee(row):
    plan_fees.charge_due(NOON)

    PlanFee.objects.create(plan=row.plan, fee=Money(9000, "SEK"), fee_period="month", starts_on=date(2026, 12, 10), announced_at=NOON)
    plan_fees.charge_due(at_noon(date(2026, 12, 20)))

    assert charged(row)[1:] == [DECEMBER, ("2027-01-01", "2027-02-01", "9000.00")]


def test_i7_a_trial_costs_nothing_and_what_follows_it_does(acme, cast):
    charging_terms()
    row = bound(acme, a_paid_plan(trial_days=30), starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1))
    Agreement.objects.update(is_trial=True)
    plan_fees.charge_due(NOON)
    during = charged(row)

    agreement = Agreement.objects.get()
    agreement.save()  # the trial is known to the history
    agreement.is_trial, agreement.ends_on = False, None
    agreement.save()
    plan_fees.charge_due(NOON)

    assert (during, charged(row)) == ([], [DECEMBER])


def test_i7_no_day_before_the_provider_begins_to_charge_nor_after_the_end(acme):
    charging_terms(plan_fees_from=date(2026, 12, 1))
    row = bound(acme, a_paid_plan(), starts_on=date(2020, 1, 1), ends_on=date(2026, 12, 11))

    plan_fees.charge_due(at_noon(date(2027, 6, 1)))

    assert charged(row) == [("2026-12-01", "2026-12-11", "967.74")]


def test_i7_a_plan_that_comes_to_a_running_agreement_is_charged_from_that_day(row, cast):
    more = a_paid_plan("more", fee="310")
    agreed.bind(agreement=row.agreement, bound=[row.plan, more], reason="As agreed", by=cast.max, at=at_noon(date(2026, 12, 2)))

    plan_fees.charge_due(at_noon(date(2026, 12, 2)))

    added = row.agreement.plans.get(plan=more)
    assert (added.starts_on, charged(added)[0]) == (date(2026, 12, 2), ("2026-12-02", "2027-01-01", "300.00"))


def test_i7_nothing_is_charged_where_the_profile_says_nothing_of_plans(acme, row):
    type(charging := plan_fees.charging()).objects.filter(pk=charging.pk).update(plan_ahead_days=None, plan_fees_from=None)

    assert (plan_fees.charge_due(NOON), charged(row)) == (0, [])


def test_i7_fees_due_together_are_one_invoice_in_the_clients_language_apart_from_top_ups(acme, cast, row):
    type(acme.organisation).objects.update(language="sv")
    a_top_up(acme)

    plan_fees.charge_due(NOON)
    drafts = drafting.pull(at=NOON)

    assert [(draft.net, draft.lines.count()) for draft in drafts] == [(Decimal(9600), 1), (Decimal(4500), 2)]
    assert [line.text for line in drafts[1].lines.order_by("position")] == [
        "Stöd (support), 16 nov 2026 – 30 nov 2026",
        "Stöd (support), 1 dec 2026 – 31 dec 2026",
    ]
    assert drafting.pull(at=NOON) == []


def test_i7_each_currency_has_an_invoice_of_its_own(acme, row):
    bound(acme, a_paid_plan("abroad", fee="100", currency="EUR"), starts_on=date(2026, 11, 16))

    plan_fees.charge_due(NOON)

    assert sorted((draft.currency, draft.net) for draft in drafting.pull(at=NOON)) == [("EUR", Decimal(150)), ("SEK", Decimal(4500))]


def test_i2_no_vat_is_due_of_a_client_beyond_the_union(acme, cast, row):
    acme.organisation.country = "NO"
    acme.organisation.save()

    invoice = a_fee_invoice(cast.fia)

    assert (invoice.vat_treatment, invoice.vat, invoice.total) == ("outside_scope", Decimal(0), Decimal(4500))


def test_i7_an_invoiced_charge_never_changes_and_others_can(cast, row):
    a_fee_invoice(cast.fia)
    plan_fees.charge_due(at_noon(date(2026, 12, 5)))

    for change in (
        lambda: PlanCharge.objects.filter(first=date(2026, 12, 1)).update(net=1),
        lambda: PlanCharge.objects.filter(first=date(2026, 12, 1)).update(until=date(2026, 12, 5)),
        lambda: InvoiceLine.objects.update(plan_charge=None),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert PlanCharge.objects.filter(first=date(2027, 1, 1)).update(net=1) == 1


def test_i7_the_database_refuses_the_same_days_twice(row):
    plan_fees.charge_due(NOON)
    again = PlanCharge.objects.get(first=date(2026, 12, 1))
    again.pk, again.cause = None, "another"

    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_i4_the_client_is_told_of_the_invoice_with_its_sum(cast, row):
    invoice = a_fee_invoice(cast.fia)

    notice = Notice.objects.get(cause=f"invoice:{invoice.pk}:issued")
    assert money(invoice.payable_money) in notice.body


def test_i7_what_comes_next_is_known_before_it_is_charged(row):
    plan_fees.charge_due(NOON)
    now = plan_fees.charging()
    assert now is not None

    coming = plan_fees.next_of(row, now, on=NOON.date())

    assert (coming.on, coming.piece.part.first, coming.net) == (date(2026, 12, 2), date(2027, 1, 1), Money(3000, "SEK"))


def test_i7_looking_for_what_is_due_takes_three_queries_however_many_are_charged(acme, row, django_assert_num_queries):
    plan_fees.charge_due(NOON)

    with django_assert_num_queries(3):
        plan_fees.charge_due(NOON)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_rel16_two_jobs_at_once_charge_and_draft_each_day_once(cast, acme):
    charging_terms()
    row = bound(acme, a_paid_plan(), starts_on=date(2026, 11, 16))

    def work(_number):
        plan_fees.charge_due(NOON)
        return drafting.pull(at=NOON)

    crowd, _meeting = at_once(4, work)

    assert crowd.errors == []
    assert charged(row) == [("2026-11-16", "2026-12-01", "1500.00"), DECEMBER]
    assert [invoice.net for invoice in Invoice.objects.all()] == [Decimal(4500)]
    assert crowd.most_inside > 1 or connection.vendor == "sqlite"


def test_i1_a_dropped_draft_lets_the_fees_be_drafted_again(cast, row):
    plan_fees.charge_due(NOON)
    [draft] = drafting.pull(at=NOON)

    drafting.drop(draft, reason="Wrong reference", by=cast.fia, at=NOON)
    [again] = drafting.pull(at=NOON)

    assert issuing.issue(again, by=cast.fia, at=NOON).net == Decimal(4500)
