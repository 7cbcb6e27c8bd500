"""A missed guarantee grants what the agreement says, proposed by the system and decided by the account manager (rule S16)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from cases import jobs
from cases.models import Case, Clock
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits.ledger import LotSource
from invoicing import compensation
from invoicing.models import Compensation, CompensationState, InvoiceKind
from notices.models import Notice
from tests.cases.opened import a_case
from tests.cast import NOON
from tests.invoicing.plan_scene import a_fee_invoice, a_paid_plan, bound, charging_terms
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=2)
FREE_HOUR: dict[str, Any] = {"missed_grants": "credit", "missed_amount": 60}
TENTH: dict[str, Any] = {"missed_grants": "fee", "missed_amount": 10}


def missed(client, number=1, at=NOON):
    """Cases whose response target was missed."""
    cases = [a_case(client, at=at) for _ in range(number)]
    jobs.record_missed(at + timedelta(days=2))
    return cases


def with_plan(client, **fields):
    charging_terms()
    return bound(client, a_paid_plan(**fields), starts_on=date(2026, 11, 1))


def proposals():
    return [(row.state, row.percent, row.net, row.minutes) for row in Compensation.objects.order_by("pk")]


def test_s16_nothing_is_proposed_where_the_agreement_grants_nothing(acme):
    with_plan(acme)
    missed(acme)

    assert (compensation.propose_due(LATER), proposals()) == (0, [])


def test_s16_each_missed_target_is_proposed_once(acme):
    with_plan(acme, **FREE_HOUR)
    missed(acme)

    first, again = compensation.propose_due(LATER), compensation.propose_due(LATER)

    assert (first, again) == (1, 0)
    assert proposals() == [("proposed", 0, 0, 60)]


def test_s16_a_deadline_that_was_kept_grants_nothing(acme):
    with_plan(acme, **FREE_HOUR)
    a_case(acme, at=NOON)
    jobs.record_missed(NOON + timedelta(hours=1))

    assert compensation.propose_due(LATER) == 0


def test_s16_the_agreement_says_otherwise_than_the_plan(acme):
    row = with_plan(acme, **FREE_HOUR)
    row.missed_grants, row.missed_amount = "fee", 10
    row.save()
    missed(acme)

    compensation.propose_due(LATER)

    assert proposals() == [("proposed", 10, Decimal("300.00"), 0)]


def test_s16_an_agreement_can_grant_nothing_though_its_plan_does(acme):
    row = with_plan(acme, **FREE_HOUR)
    row.missed_grants = "nothing"
    row.save()
    missed(acme)

    assert compensation.propose_due(LATER) == 0


def test_s16_no_more_is_proposed_than_the_month_allows(acme):
    with_plan(acme, missed_grants="fee", missed_amount=10, missed_cap=25)
    missed(acme, 4)

    compensation.propose_due(LATER)

    assert proposals() == [
        ("proposed", 10, Decimal("300.00"), 0),
        ("proposed", 10, Decimal("300.00"), 0),
        ("proposed", 5, Decimal("150.00"), 0),
        ("capped", 0, Decimal("0.00"), 0),
    ]


def test_s16_of_a_years_fee_a_month_counts(acme):
    with_plan(acme, fee="36000", per="year", **TENTH)
    missed(acme)

    compensation.propose_due(LATER)

    assert proposals() == [("proposed", 10, Decimal("300.00"), 0)]


def test_s16_granted_credit_is_a_free_lot_that_names_the_case_and_the_client_is_told(acme, cast):
    with_plan(acme, **FREE_HOUR)
    [case] = missed(acme)
    compensation.propose_due(LATER)
    proposed = Compensation.objects.get()

    first, again = (compensation.grant(proposed, by=cast.max, at=LATER) for _ in range(2))

    acme.account.refresh_from_db()
    assert (first.lot, first.lot.source, acme.account.available_minutes) == (again.lot, LotSource.GOODWILL, 60)
    assert first.lot.reason == f"Missed guarantee (Response) in case #{case.pk} {case.subject}"
    told = Notice.objects.filter(cause=f"compensation:{first.pk}")
    assert {notice.address for notice in told} == {acme.approver.email, acme.requester.email}


def test_s16_a_granted_share_waits_for_an_invoice_and_becomes_a_credit_note_of_it(acme, cast):
    with_plan(acme, **TENTH)
    [case] = missed(acme)
    compensation.propose_due(LATER)
    granted = compensation.grant(Compensation.objects.get(), by=cast.max, at=LATER)
    with pytest.raises(compensation.NoInvoiceYet):
        compensation.credit(granted, by=cast.fia, at=LATER)
    invoice = a_fee_invoice(cast.fia)

    note, again = (compensation.credit(granted, by=cast.fia, at=LATER) for _ in range(2))

    assert (note, note.kind, note.preceding, note.net) == (again, InvoiceKind.CREDIT_NOTE, invoice, Decimal(300))
    assert note.lines.get().credits.plan_charge.first == date(2026, 12, 1)
    assert note.reason == f"Missed guarantee (Response) in case #{case.pk}"
    assert compensation.to_credit().count() == 0


def test_s16_declined_it_grants_nothing_and_says_why(acme, cast):
    with_plan(acme, **FREE_HOUR)
    missed(acme)
    compensation.propose_due(LATER)
    proposed = Compensation.objects.get()

    with pytest.raises(ReasonMissing):
        compensation.decline(proposed, reason=" ", by=cast.max, at=LATER)
    compensation.decline(proposed, reason="Your firewall was closed", by=cast.max, at=LATER)

    with pytest.raises(compensation.CompensationDecided):
        compensation.grant(proposed, by=cast.max, at=LATER)
    assert "Your firewall was closed" in Notice.objects.filter(cause=f"compensation:{proposed.pk}").first().body


def test_s16_only_the_clients_account_manager_decides(acme, cast):
    with_plan(acme, **FREE_HOUR)
    missed(acme)
    compensation.propose_due(LATER)
    proposed = Compensation.objects.get()

    for person in (cast.fia, cast.ada, cast.tessa.person, acme.approver):
        with pytest.raises(NotAllowed):
            compensation.grant(proposed, by=person, at=LATER)
        with pytest.raises(NotAllowed):
            compensation.decline(proposed, reason="No", by=person, at=LATER)


@pytest.mark.parametrize("excuse", [{"guaranteed": False}, {"state": "closed", "closed_as": "delivery", "closed_at": LATER}])
def test_s16_an_excused_miss_is_dropped_and_comes_back_where_the_objection_stands(acme, cast, excuse):
    with_plan(acme, **FREE_HOUR)
    [case] = missed(acme)
    compensation.propose_due(LATER)
    Case.objects.filter(pk=case.pk).update(**excuse)
    proposed = Compensation.objects.get()

    with pytest.raises(compensation.CompensationDecided):
        compensation.grant(proposed, by=cast.max, at=LATER)
    compensation.propose_due(LATER)
    dropped = proposals()
    Case.objects.filter(pk=case.pk).update(guaranteed=True, state="open", closed_as="", closed_at=None)
    compensation.propose_due(LATER)

    assert (dropped[0][0], proposals()[0][0]) == (CompensationState.DROPPED, CompensationState.PROPOSED)


def test_s16_a_miss_that_another_clock_inherits_is_no_second_one(acme):
    with_plan(acme, **FREE_HOUR)
    [case] = missed(acme)
    clock = Clock.objects.get(case=case)
    Clock.objects.filter(pk=clock.pk).update(ended_at=LATER)
    clock.pk = None
    clock.save(force_insert=True)

    compensation.propose_due(LATER)

    assert len(proposals()) == 1


def test_s16_a_trial_grants_nothing(acme):
    row = with_plan(acme, **FREE_HOUR)
    row.agreement.is_trial, row.agreement.ends_on = True, date(2026, 12, 1)
    row.agreement.save()
    missed(acme)

    assert compensation.propose_due(LATER) == 0


def test_s16_what_was_decided_stands_in_the_database(acme, cast):
    with_plan(acme, **FREE_HOUR)
    missed(acme)
    compensation.propose_due(LATER)
    compensation.grant(Compensation.objects.get(), by=cast.max, at=LATER)

    for change in (
        lambda: Compensation.objects.update(minutes=600),
        lambda: Compensation.objects.update(lot=None, state="proposed", decided_at=None, decided_by=None),
        lambda: Compensation.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_rel16_it_is_granted_or_declined_once_however_many_decide(cast, acme):
    with_plan(acme, **FREE_HOUR)
    missed(acme)
    compensation.propose_due(LATER)
    proposed = Compensation.objects.get()

    def decide(number):
        if number % 2:
            return compensation.decline(proposed, reason="No", by=cast.max, at=LATER)
        return compensation.grant(proposed, by=cast.max, at=LATER)

    crowd, _meeting = at_once(4, decide)

    acme.account.refresh_from_db()
    state = Compensation.objects.get().state
    assert crowd.kinds() == {"answered": 2, "CompensationDecided": 2}
    assert acme.account.available_minutes == (60 if state == "granted" else 0)
    assert crowd.most_inside > 1 or connection.vendor == "sqlite"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_rel16_two_jobs_at_once_propose_each_miss_once_and_keep_to_the_most(cast, acme):
    with_plan(acme, missed_grants="credit", missed_amount=60, missed_cap=90)
    missed(acme, 3)

    crowd, _meeting = at_once(3, lambda _number: compensation.propose_due(LATER))

    assert crowd.errors == []
    assert sorted(row.minutes for row in Compensation.objects.all()) == [0, 30, 60]
