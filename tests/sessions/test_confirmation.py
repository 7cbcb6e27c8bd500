from datetime import date, timedelta

import pytest
import time_machine

from core.errors import NotAllowed
from credits import ledger
from credits.ledger import Entry, EntryKind, HoldState
from notices.models import Notice
from sessions import confirmation, life, worklogs
from sessions.models import Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_client, at_stockholm
from tests.sessions.factories import (
    a_session,
    a_started_session,
    a_submitted_session,
    account_of,
    minutes,
    postings,
    work,
)

LATER = NOON + timedelta(hours=4)


def the_deduction(session):
    return Entry.objects.get(account=session.account_id, kind=EntryKind.DEDUCTION)


def test_c8_an_approver_confirms_and_the_hours_are_deducted(cast, acme):
    session = a_submitted_session(cast, acme, worked=[13, 13, 13])

    confirmed = confirmation.confirm(session=session, by=acme.approver, at=LATER)

    assert (confirmed.state, confirmed.closed_at) == (State.CONFIRMED, LATER)
    assert postings(session) == [("deduction", -40)]
    assert (account_of(session).available_minutes, account_of(session).held_minutes) == (20, 0)
    event = session.events.get(kind=EventKind.CONFIRMED)
    assert (event.by, event.at, event.facts) == (acme.approver, LATER, {"round": 1, "charged_minutes": 40})


def test_c14_the_deduction_names_its_cause_and_what_it_was_for(cast, acme):
    session = a_submitted_session(cast, acme, worked=[13, 13, 13])

    confirmation.confirm(session=session, by=acme.approver, at=LATER)

    entry = the_deduction(session)
    assert (entry.cause, entry.text, entry.by) == (f"session:{session.pk}:settlement:1", "Disk is full", acme.approver)
    assert (entry.raw_minutes, entry.occurred_on, entry.recorded_at) == (39, date(2026, 11, 18), LATER)


def test_c7_hours_are_dated_on_the_providers_day_of_the_last_work(cast, acme):
    begins = at_stockholm(2026, 11, 18, 23, 30)
    session = a_submitted_session(cast, acme, starts_at=begins, worked=[20, 20], submitted_at=begins + timedelta(days=2))

    confirmation.confirm(session=session, by=acme.approver, at=begins + timedelta(days=3))

    assert the_deduction(session).occurred_on == date(2026, 11, 19)


def test_c7_work_that_ends_at_midnight_belongs_to_the_day_before(cast, acme):
    begins = at_stockholm(2026, 11, 18, 23, 30)
    session = a_submitted_session(cast, acme, starts_at=begins, worked=[30])

    confirmation.confirm(session=session, by=acme.approver, at=begins + timedelta(days=3))

    assert the_deduction(session).occurred_on == date(2026, 11, 18)


def test_c7_free_minutes_are_not_in_what_was_rounded(cast, acme):
    session = a_submitted_session(cast, acme, worked=[100])

    confirmation.confirm(session=session, by=acme.approver, at=LATER)

    assert (the_deduction(session).raw_minutes, postings(session)) == (69, [("deduction", -70)])


def test_c11_what_credit_does_not_cover_becomes_debt(cast, acme):
    session = a_submitted_session(cast, acme, worked=[68])

    confirmation.confirm(session=session, by=acme.approver, at=LATER)

    assert account_of(session).debt_minutes == 10


def test_c7_a_session_of_no_minutes_is_confirmed_and_costs_nothing(cast, acme):
    session = a_submitted_session(cast, acme, worked=[4])

    confirmation.confirm(session=session, by=acme.approver, at=LATER)

    assert (postings(session), account_of(session).available_minutes) == ([("deduction", 0)], 60)


def test_c6_credit_that_submission_frees_schedules_the_booking_that_waits_for_it(cast, acme):
    session = a_started_session(cast, acme, estimate=60)
    waiting = a_session(cast, acme, technicians=[cast.theo], credit=0, estimate=30, starts_at=NOON + timedelta(days=7))
    hold = ledger.rebook_hold(hold=life.hold(waiting), minutes=30, at=NOON)
    Session.objects.filter(pk=waiting.pk).update(state=State.AWAITING_TOP_UP, agreed_at=None, top_up_by=LATER)
    assert hold.state == HoldState.WAITING

    worklogs.submit(session=session, summary="Nothing to do", by=cast.tessa.person, at=LATER)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.agreed_at) == (State.SCHEDULED, LATER)


@pytest.mark.parametrize("who", ["requester", "max", "tessa", "stranger"])
def test_c8_nobody_but_an_approver_of_the_client_confirms(cast, acme, borealis, who):
    session = a_submitted_session(cast, acme)
    person = {"requester": acme.requester, "max": cast.max, "tessa": cast.tessa.person, "stranger": borealis.approver}[who]

    with pytest.raises(NotAllowed):
        confirmation.confirm(session=session, by=person, at=LATER)

    assert postings(session) == []


def test_c8_hours_are_confirmed_once(cast, acme):
    session = a_submitted_session(cast, acme)
    confirmation.confirm(session=session, by=acme.approver, at=LATER)

    with pytest.raises(life.SessionMovedOn):
        confirmation.confirm(session=session, by=acme.approver, at=LATER)

    assert postings(session) == [("deduction", -50)]


def test_c8_hours_that_were_not_submitted_are_not_confirmed(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(life.SessionMovedOn):
        confirmation.confirm(session=session, by=acme.approver, at=LATER)


def test_c8_hours_opened_again_post_under_their_own_round(cast, acme):
    session = a_submitted_session(cast, acme)
    worklogs.reopen(session=session, by=cast.tessa.person, at=LATER, reason="One more minute")
    session = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=LATER)

    confirmation.confirm(session=session, by=acme.approver, at=LATER)

    assert the_deduction(session).cause == f"session:{session.pk}:settlement:2"


def test_c8_hours_are_confirmed_as_they_were_read_not_as_they_became(cast, acme):
    read = a_submitted_session(cast, acme)
    worklogs.reopen(session=read, by=cast.tessa.person, at=LATER, reason="One more minute")
    worklogs.submit(session=read, summary="Done", by=cast.tessa.person, at=LATER)

    with pytest.raises(life.SessionMovedOn):
        confirmation.confirm(session=read, by=acme.approver, at=LATER)

    assert postings(read) == []


def test_c8_the_technicians_and_who_booked_are_told(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])
    work(session, cast.tessa, length=40)
    worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(40))

    confirmation.confirm(session=session, by=acme.approver, at=LATER)

    told = Notice.objects.filter(cause=f"session:{session.pk}:confirmed:1")
    assert {notice.person for notice in told} == {cast.tessa.person, cast.theo.person, acme.requester}
    assert "Anna Testsson confirmed 40 min for “Disk is full”. They have been deducted from the credit of Acme · IT." in told[0].body


# Silence.


def test_c8_silence_confirms_nothing_unless_it_was_agreed(cast, acme):
    session = a_submitted_session(cast, acme)

    assert confirmation.silence_confirms_at(session) is None
    with pytest.raises(confirmation.SilenceNotConfirming):
        confirmation.confirm_by_silence(session=session, at=NOON + timedelta(days=365))


def test_c8_agreed_silence_confirms_on_the_announced_date(cast):
    client = a_client(cast, "Acme", silence_confirms=True)
    session = a_submitted_session(cast, client, worked=[60])
    due = at_stockholm(2026, 12, 2, 13)

    assert confirmation.silence_confirms_at(session) == due
    with pytest.raises(confirmation.SilenceNotConfirming):
        confirmation.confirm_by_silence(session=session, at=due - timedelta(seconds=1))
    confirmed = confirmation.confirm_by_silence(session=session, at=due)

    assert (confirmed.state, postings(session)) == (State.CONFIRMED, [("deduction", -60)])
    assert session.events.get(kind=EventKind.CONFIRMED_BY_SILENCE).by is None
    assert confirmation.contest_until(confirmed) == due + timedelta(days=60)


@time_machine.travel(NOON)
def test_c8_confirmation_by_silence_is_told_with_the_date_to_contest(cast):
    client = a_client(cast, "Acme", silence_confirms=True)
    session = a_submitted_session(cast, client, worked=[60])

    confirmation.confirm_by_silence(session=session, at=at_stockholm(2026, 12, 2, 13))

    told = Notice.objects.filter(cause=f"session:{session.pk}:confirmed:1")
    assert {notice.person for notice in told} == {client.approver, client.requester, cast.tessa.person}
    assert all("An approver can still contest them until Sun 31 Jan 2027" in notice.body for notice in told)
    assert [notice.person for notice in told if "/contestation/" in notice.body] == [client.approver]


def test_p3_a_later_agreement_on_silence_does_not_bind_a_session_booked_before(cast, acme):
    session = a_submitted_session(cast, acme)
    acme.organisation.agreements.update(silence_confirms=True)

    assert confirmation.silence_confirms_at(Session.objects.get(pk=session.pk)) is None


def test_c8_hours_that_an_approver_confirmed_cannot_be_contested(cast, acme):
    session = a_submitted_session(cast, acme)

    assert confirmation.contest_until(confirmation.confirm(session=session, by=acme.approver, at=LATER)) is None


# Reminders.


@pytest.mark.parametrize(
    ("at", "number"),
    [
        (at_stockholm(2026, 11, 23, 12, 46), 0),
        (at_stockholm(2026, 11, 23, 12, 47), 1),
        (at_stockholm(2026, 11, 26, 12, 46), 1),
        (at_stockholm(2026, 11, 26, 12, 47), 2),
        (at_stockholm(2026, 12, 1, 12, 47), 3),
    ],
)
def test_c8_reminders_are_due_every_third_working_day(cast, acme, at, number):
    session = a_submitted_session(cast, acme)

    assert confirmation.last_reminder_due(session, at=at)[0] == number


def test_c8_no_reminder_where_none_is_wanted(cast, acme):
    session = a_submitted_session(cast, acme, reminder_days=0)

    assert confirmation.last_reminder_due(session, at=NOON + timedelta(days=90))[0] == 0


@time_machine.travel(NOON)
def test_c8_a_reminder_is_sent_once(cast, acme):
    session = a_submitted_session(cast, acme)
    at = at_stockholm(2026, 11, 23, 13)

    event = confirmation.remind(session=session, at=at)
    again = confirmation.remind(session=session, at=at + timedelta(hours=1))

    assert (event, again) == (session.events.get(kind=EventKind.REMINDED), None)
    assert session.events.get(kind=EventKind.REMINDED).facts == {"number": 1, "round": 1}
    notice = Notice.objects.get(cause=f"session:{session.pk}:submission:1:reminder:1")
    assert (notice.person, notice.subject) == (acme.approver, "50 min still to confirm: Disk is full")
    assert "since Wed 18 Nov 12:47" in notice.body
