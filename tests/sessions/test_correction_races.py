"""Corrections at the same moment as each other and as bookings, with real connections, on both databases (rules C5, C10, C13, C14)."""

from datetime import timedelta

import pytest

from core.errors import DomainError
from credits import closing, corrections, ledger
from credits.audit import audit
from credits.ledger import Entry
from sessions import ending, penalties
from sessions.bookings import TooManyAwaiting
from sessions.models import PenaltyDispute, Session, SessionEvent, State
from tests.cast import NOON, at_stockholm
from tests.credits.posting import grant
from tests.racing import race
from tests.sessions.booked import TUESDAY, book, figures
from tests.sessions.penalised import POSTED, a_late_cancellation, disputed

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

SOON = POSTED + timedelta(hours=2)


def test_c14_a_penalty_waived_by_several_at_once_is_taken_back_once(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)

    outcome = race(6, lambda number: penalties.waive(penalty=penalty, reason=f"No. {number}", by=cast.max, at=SOON))

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {penalties.PenaltyReversed})
    assert outcome.most_inside >= 2
    assert figures(acme.account) == (300, 0, 0)
    assert audit().findings == []


def test_c10_of_two_settlements_at_once_exactly_one_is_made(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    raised = disputed(penalty, acme)

    def settle(number):
        verb = penalties.reverse if number % 2 else penalties.let_stand
        return verb(dispute=raised, reason="So it is", by=cast.max, at=SOON).outcome

    outcome = race(4, settle)

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {penalties.DisputeSettled})
    assert outcome.most_inside >= 2
    assert PenaltyDispute.objects.get().outcome == outcome.results[0]
    assert figures(acme.account)[0] == (300 if outcome.results == ["reversed"] else 180)
    assert audit().findings == []


def test_c10_a_waiver_and_a_settlement_at_once_take_back_at_most_once_and_leave_no_dispute_open(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    raised = disputed(penalty, acme)

    def act(number):
        if number % 2:
            return penalties.waive(penalty=penalty, reason="Goodwill", by=cast.max, at=SOON).kind
        return penalties.let_stand(dispute=raised, reason="It stands", by=cast.max, at=SOON).outcome

    outcome = race(4, act)

    decided = PenaltyDispute.objects.get().outcome
    assert outcome.results.count("reversal") == 1
    assert outcome.results.count("stands") == (decided == "stands")
    assert {type(error) for error in outcome.errors} <= {penalties.PenaltyReversed, penalties.DisputeSettled}
    assert (figures(acme.account), Entry.objects.filter(reverses=penalty).count()) == ((300, 0, 0), 1)
    assert audit().findings == []


def test_c10_a_dispute_sent_by_several_clicks_at_once_is_one(cast, acme):
    session, penalty = a_late_cancellation(cast, acme)

    outcome = race(4, lambda _: disputed(penalty, acme).pk)

    assert (len(set(outcome.results)), outcome.errors) == (1, [])
    assert SessionEvent.objects.filter(session=session, kind="penalty_disputed").count() == 1


def test_c5_of_a_refund_and_bookings_at_once_no_minute_is_used_twice(cast, acme):
    lot = grant(acme.account, 480)

    def act(number):
        if number == 0:
            return corrections.refund(lot=lot, minutes=420, reason="x", cause="form:r", by=cast.max, at=NOON).minutes
        starts_at = TUESDAY + timedelta(hours=number)
        return book(cast, acme, cause=f"form:{number}", starts_at=starts_at).state

    outcome = race(5, act)

    acme.account.refresh_from_db()
    scheduled = Session.objects.filter(state=State.SCHEDULED).count()
    refunded = 420 if 420 in outcome.results else 0
    assert outcome.most_inside >= 2
    assert all(isinstance(error, corrections.MoreThanUnused | TooManyAwaiting) for error in outcome.errors)
    assert figures(acme.account) == (480 - refunded - 60 * scheduled, 60 * scheduled, 0)
    assert refunded or scheduled >= 2
    assert audit().findings == []


def test_c14_a_correction_sent_by_several_clicks_at_once_is_one(cast, acme):
    lot = grant(acme.account, 480)

    outcome = race(6, lambda _: corrections.refund(lot=lot, minutes=60, reason="x", cause="form:1", by=cast.max, at=NOON).pk)

    assert (len(set(outcome.results)), outcome.errors) == (1, [])
    assert figures(acme.account) == (420, 0, 0)
    assert audit().findings == []


def test_p5_of_closing_an_account_and_booking_from_it_at_once_one_wins(cast, acme):
    def act(number):
        if number % 2:
            return book(cast, acme, cause=f"form:{number}", starts_at=TUESDAY + timedelta(hours=number)).state
        return ending.close_account(account=acme.account, reason="x", by=cast.max, at=NOON).closed_at

    outcome = race(4, act)

    acme.account.refresh_from_db()
    assert (acme.account.closed_at is None) == Session.objects.exists()
    assert {type(error) for error in outcome.errors} <= {ledger.AccountClosed, ending.StillOpen, closing.StillInUse}


def test_p5_winding_up_by_several_at_once_refunds_once(cast, acme):
    agreement = acme.organisation.agreements.get()
    agreement.ends_on = at_stockholm(2026, 12, 1).date()
    agreement.save()
    grant(acme.account, 480)

    outcome = race(4, lambda _: ending.wind_up(agreement=agreement, reason="x", by=cast.max, at=at_stockholm(2026, 12, 2)).agreement.pk)

    assert len(outcome.results) == 1
    assert all(isinstance(error, DomainError) for error in outcome.errors)
    assert Entry.objects.filter(kind="refund").count() == 1
    assert audit().findings == []
