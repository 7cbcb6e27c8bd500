"""Disputed hours and their settlement (rule C8)."""

from datetime import timedelta

import pytest
import time_machine

from clients.models import StaffDuty, StaffRole
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits.ledger import Entry, EntryKind
from notices.models import Notice
from people.models import Person
from sessions import confirmation, disputes, life, receipts, worklogs
from sessions.models import DisputeOutcome, Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague, a_technician, at_stockholm
from tests.sessions.factories import (
    a_started_session,
    a_submitted_session,
    account_of,
    entry_ids,
    minutes,
    postings,
    work,
)

LATER = NOON + timedelta(hours=4)
DUE = at_stockholm(2026, 11, 25, 16)


def disputed(session, client, *claimed, at=LATER, reason="We were not told to wait"):
    """The client says the lines should be `claimed` minutes, in order."""
    claims = dict(zip(entry_ids(session), claimed, strict=True))
    return disputes.dispute(session=session, claims=claims, reason=reason, by=client.approver, at=at)


def fresh(session):
    return Session.objects.get(pk=session.pk)


# Disputing.


def test_c8_an_approver_disputes_lines_and_says_what_they_should_be(cast, acme):
    session = a_submitted_session(cast, acme, worked=[30, 20])

    dispute = disputed(session, acme, 30, 5)

    assert fresh(session).state == State.DISPUTED
    assert (dispute.raised_by, dispute.raised_at, dispute.reason, dispute.outcome) == (acme.approver, LATER, "We were not told to wait", "")
    assert disputes.claims_of(dispute) == {entry_ids(session)[1]: 5}
    event = session.events.get(kind=EventKind.DISPUTED)
    assert (event.reason, event.facts) == ("We were not told to wait", {"round": 1, "charged_minutes": 50, "claimed_minutes": 40})


def test_c8_a_dispute_is_due_after_five_working_days(cast, acme):
    session = a_submitted_session(cast, acme)

    assert disputed(session, acme, 0).due_at == DUE


def test_c8_the_number_of_days_to_settle_is_the_one_agreed_at_booking(cast, acme):
    session = a_submitted_session(cast, acme, settlement_days=2)

    assert disputed(session, acme, 0).due_at == at_stockholm(2026, 11, 20, 16)


def test_c8_a_dispute_changes_nothing_in_the_ledger(cast, acme):
    session = a_submitted_session(cast, acme, worked=[40])

    disputed(session, acme, 0)

    assert (postings(session), account_of(session).held_minutes) == ([], 40)


@time_machine.travel(NOON)
def test_c8_the_account_manager_and_the_deputy_are_told(cast, acme):
    deputy = a_colleague("Dora", StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.deputy_manager = deputy
    acme.organisation.save()
    session = a_submitted_session(cast, acme, worked=[50])

    disputed(session, acme, 20)

    told = Notice.objects.filter(cause=f"session:{session.pk}:disputed:1")
    assert {notice.person for notice in told} == {cast.max, deputy}
    assert told[0].subject == "Acme disputes hours: Disk is full"
    assert "Anna Testsson disputes the hours of “Disk is full”: 20 min instead of 50 min." in told[0].body
    assert "“We were not told to wait”" in told[0].body
    assert "Please settle this by Wed 25 Nov 16:00." in told[0].body


@pytest.mark.parametrize("who", ["requester", "max", "stranger"])
def test_c8_nobody_but_an_approver_of_the_client_disputes(cast, acme, borealis, who):
    session = a_submitted_session(cast, acme)
    person = {"requester": acme.requester, "max": cast.max, "stranger": borealis.approver}[who]

    with pytest.raises(NotAllowed):
        disputes.dispute(session=session, claims={entry_ids(session)[0]: 0}, reason="Too much", by=person, at=LATER)


@pytest.mark.parametrize(
    ("claimed", "refusal"), [(48, disputes.FigureOutOfRange), (-1, disputes.FigureOutOfRange), (47, disputes.NothingDisputed)]
)
def test_c8_a_line_is_disputed_downwards_only(cast, acme, claimed, refusal):
    session = a_submitted_session(cast, acme, worked=[47])

    with pytest.raises(refusal):
        disputed(session, acme, claimed)

    assert fresh(session).state == State.SUBMITTED


def test_c8_a_line_of_another_session_or_one_taken_back_cannot_be_disputed(cast, acme):
    session = a_started_session(cast, acme)
    taken = work(session, cast.tessa, length=10)
    work(session, cast.tessa, length=20, corrects=taken)
    worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=LATER)
    foreign = entry_ids(a_submitted_session(cast, acme, starts_at=LATER))[0]

    for entry in (taken.pk, foreign, 10**6):
        with pytest.raises(disputes.LineUnknown):
            disputes.dispute(session=session, claims={entry: 0}, reason="Too much", by=acme.approver, at=LATER)


def test_c8_a_dispute_says_why_and_names_a_line(cast, acme):
    session = a_submitted_session(cast, acme)

    with pytest.raises(ReasonMissing):
        disputed(session, acme, 0, reason=" ")
    with pytest.raises(disputes.NothingDisputed):
        disputes.dispute(session=session, claims={}, reason="Too much", by=acme.approver, at=LATER)


def test_c8_confirmed_hours_are_not_disputed_and_disputed_ones_not_confirmed(cast, acme):
    first, second = a_submitted_session(cast, acme), a_submitted_session(cast, acme, starts_at=LATER)
    confirmation.confirm(session=first, by=acme.approver, at=LATER)
    disputed(second, acme, 0, at=LATER + timedelta(hours=1))

    with pytest.raises(life.SessionMovedOn):
        disputed(first, acme, 0)
    with pytest.raises(life.SessionMovedOn):
        confirmation.confirm(session=second, by=acme.approver, at=LATER + timedelta(hours=1))


# Settling.


def test_c8_the_account_manager_upholds_and_the_hours_are_deducted(cast, acme):
    session = a_submitted_session(cast, acme, worked=[47])
    dispute = disputed(session, acme, 10)

    settled = disputes.uphold(dispute=dispute, by=cast.max, at=DUE, reason="It is in the log")

    assert (settled.outcome, settled.settled_by, settled.settled_at, settled.settlement) == (
        DisputeOutcome.UPHELD,
        cast.max,
        DUE,
        "It is in the log",
    )
    assert [line.settled_minutes for line in settled.lines.all()] == [47]
    assert (fresh(session).state, fresh(session).closed_at, fresh(session).charged_minutes) == (State.SETTLED, DUE, 50)
    assert postings(session) == [("deduction", -50)]
    event = session.events.get(kind=EventKind.SETTLED)
    assert (event.by, event.reason) == (cast.max, "It is in the log")
    assert event.facts == {"round": 1, "submitted_minutes": 50, "charged_minutes": 50}


def test_c8_the_account_manager_corrects_and_the_new_total_is_rounded_once(cast, acme):
    session = a_submitted_session(cast, acme, worked=[13, 13, 13])
    dispute = disputed(session, acme, 13, 0, 0)
    _, second, third = entry_ids(session)

    disputes.correct(dispute=dispute, minutes={second: 6, third: 6}, by=cast.max, at=DUE, reason="Half of it was waiting")

    after = fresh(session)
    assert (after.state, after.raw_minutes, after.free_minutes, after.charged_minutes) == (State.SETTLED, 25, 0, 30)
    assert postings(session) == [("deduction", -30)]
    assert (account_of(session).available_minutes, account_of(session).held_minutes) == (30, 0)
    assert Entry.objects.get(account=session.account_id, kind=EntryKind.DEDUCTION).raw_minutes == 25


def test_c8_disputed_lines_that_a_correction_does_not_name_stay_as_logged(cast, acme):
    session = a_submitted_session(cast, acme, worked=[20, 20])
    dispute = disputed(session, acme, 0, 0)
    first, second = entry_ids(session)

    settled = disputes.correct(dispute=dispute, minutes={first: 10}, by=cast.max, at=DUE, reason="A little")

    assert dict(settled.lines.values_list("entry", "settled_minutes")) == {first: 10, second: 20}
    assert fresh(session).charged_minutes == 30


def test_r7_the_receipt_of_a_settled_session_shows_what_was_settled(cast, acme):
    session = a_submitted_session(cast, acme, worked=[20, 20])
    dispute = disputed(session, acme, 20, 0)
    disputes.correct(dispute=dispute, minutes={entry_ids(session)[1]: 7}, by=cast.max, at=DUE, reason="A little")

    bill = receipts.receipt(fresh(session))

    assert ([line.minutes for line in bill.lines], bill.raw_minutes, bill.charged_minutes) == ([20, 7], 27, 30)


def test_c8_free_minutes_stay_free_when_a_line_is_corrected(cast, acme):
    session = a_submitted_session(cast, acme, worked=[60, 40])
    dispute = disputed(session, acme, 50, 40)

    disputes.correct(dispute=dispute, minutes={entry_ids(session)[0]: 50}, by=cast.max, at=DUE, reason="As you say")

    assert (fresh(session).raw_minutes, fresh(session).free_minutes, fresh(session).charged_minutes) == (90, 21, 70)


@pytest.mark.parametrize(("figure", "refusal"), [(21, disputes.FigureOutOfRange), (-1, disputes.FigureOutOfRange)])
def test_c8_a_correction_stays_within_what_was_logged(cast, acme, figure, refusal):
    session = a_submitted_session(cast, acme, worked=[20])
    dispute = disputed(session, acme, 0)

    with pytest.raises(refusal):
        disputes.correct(dispute=dispute, minutes={entry_ids(session)[0]: figure}, by=cast.max, at=DUE, reason="No")


def test_c8_a_correction_concerns_disputed_lines_only(cast, acme):
    session = a_submitted_session(cast, acme, worked=[20, 20])
    dispute = disputed(session, acme, 20, 0)

    with pytest.raises(disputes.LineUnknown):
        disputes.correct(dispute=dispute, minutes={entry_ids(session)[0]: 5}, by=cast.max, at=DUE, reason="No")


def test_c8_the_client_is_told_how_it_ended_and_why(cast, acme):
    session = a_submitted_session(cast, acme, worked=[47])
    dispute = disputed(session, acme, 10)

    disputes.correct(dispute=dispute, minutes={entry_ids(session)[0]: 20}, by=cast.max, at=DUE, reason="Half of it was waiting")

    told = Notice.objects.filter(cause=f"session:{session.pk}:settled:1")
    assert {notice.person for notice in told} == {acme.approver, acme.requester}
    assert told[0].subject == "Settled at 20 min: Disk is full"
    assert "Max Testsson has looked at the disputed hours of “Disk is full” and corrected them." in told[0].body
    assert "“Half of it was waiting”" in told[0].body
    assert "Deducted from the credit of Acme · IT: 20 min. Submitted were 50 min." in told[0].body


@pytest.mark.parametrize("who", ["approver", "tessa", "fia", "other"])
def test_c8_nobody_else_settles(cast, acme, who):
    session = a_submitted_session(cast, acme)
    dispute = disputed(session, acme, 0)
    other = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)
    person = {"approver": acme.approver, "tessa": cast.tessa.person, "fia": cast.fia, "other": other}[who]

    with pytest.raises(NotAllowed):
        disputes.uphold(dispute=dispute, by=person, at=LATER, reason="Yes")
    with pytest.raises(NotAllowed):
        disputes.correct(dispute=dispute, minutes={}, by=person, at=LATER, reason="Yes")


def test_c8_the_deputy_settles_where_the_account_manager_worked_the_hours(cast, acme):
    mats, deputy = a_technician("Mats"), a_colleague("Dora", StaffDuty.ACCOUNT_MANAGER)
    StaffRole.objects.create(person=mats.person, duty=StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.account_manager, acme.organisation.deputy_manager = mats.person, deputy
    acme.organisation.save()
    session = a_started_session(cast, acme, technicians=[mats])
    work(session, mats, length=30)
    worklogs.submit(session=session, summary="Done", by=mats.person, at=NOON + minutes(30))
    dispute = disputed(session, acme, 0)
    manager = Person.objects.get(pk=mats.person_id)

    with pytest.raises(disputes.WorkedOnIt):
        disputes.uphold(dispute=dispute, by=manager, at=LATER, reason="I was there")

    assert (disputes.may_settle(manager, session), disputes.may_settle(deputy, session)) == (False, True)
    assert disputes.uphold(dispute=dispute, by=deputy, at=LATER, reason="I looked").outcome == DisputeOutcome.UPHELD


def test_c8_a_settlement_says_why(cast, acme):
    session = a_submitted_session(cast, acme)
    dispute = disputed(session, acme, 0)

    with pytest.raises(ReasonMissing):
        disputes.uphold(dispute=dispute, by=cast.max, at=LATER, reason="")


def test_c8_a_dispute_is_settled_once(cast, acme):
    session = a_submitted_session(cast, acme)
    dispute = disputed(session, acme, 0)
    disputes.uphold(dispute=dispute, by=cast.max, at=LATER, reason="Yes")

    with pytest.raises(life.SessionMovedOn):
        disputes.correct(dispute=dispute, minutes={}, by=cast.max, at=LATER, reason="No")
    with pytest.raises(life.SessionMovedOn):
        disputes.lapse(dispute=dispute, at=DUE + timedelta(days=1))

    assert postings(session) == [("deduction", -50)]


# Time runs out.


def test_c8_unsettled_in_time_the_clients_figure_stands(cast, acme):
    session = a_submitted_session(cast, acme, worked=[47])
    dispute = disputed(session, acme, 12)

    lapsed = disputes.lapse(dispute=dispute, at=DUE + timedelta(seconds=1))

    assert (lapsed.outcome, lapsed.settled_by, [line.settled_minutes for line in lapsed.lines.all()]) == (DisputeOutcome.LAPSED, None, [12])
    assert (fresh(session).state, postings(session)) == (State.SETTLED, [("deduction", -10)])
    assert session.events.get(kind=EventKind.SETTLED_BY_TIME).by is None
    assert "so your figures stand" in Notice.objects.get(cause=f"session:{session.pk}:settled:1", person=acme.approver).body


def test_c8_exactly_when_it_is_due_it_can_still_be_settled_and_then_no_more(cast, acme):
    session = a_submitted_session(cast, acme)
    dispute = disputed(session, acme, 0)

    with pytest.raises(disputes.SettlementTimeLeft):
        disputes.lapse(dispute=dispute, at=DUE)
    with pytest.raises(disputes.SettlementTimeOver):
        disputes.uphold(dispute=dispute, by=cast.max, at=DUE + timedelta(seconds=1), reason="Late")
    assert disputes.uphold(dispute=dispute, by=cast.max, at=DUE, reason="Just in time").outcome == DisputeOutcome.UPHELD
