from datetime import timedelta

import pytest
import time_machine

from credits.audit import audit
from notices.models import Notice
from sessions import confirmation, disputes, overdue, worklogs
from sessions.models import Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_client, at_stockholm
from tests.sessions.factories import a_started_session, a_submitted_session, entry_ids, postings

FIRST = at_stockholm(2026, 11, 23, 13)
SECOND = at_stockholm(2026, 11, 26, 13)
SILENCE = at_stockholm(2026, 12, 2, 13)


def reminders(session):
    return [event.facts["number"] for event in session.events.filter(kind=EventKind.REMINDED).order_by("pk")]


def test_c8_a_reminder_goes_out_after_three_working_days_and_again(cast, acme):
    session = a_submitted_session(cast, acme)

    acted = [overdue.remind_unconfirmed(at=at) for at in (FIRST - timedelta(hours=1), FIRST, FIRST, SECOND, SECOND)]

    assert acted == [0, 1, 0, 1, 0]
    assert reminders(session) == [1, 2]
    assert Notice.objects.filter(person=acme.approver, cause__contains=":reminder:").count() == 2


def test_c8_reminders_that_were_slept_through_are_not_sent_all_at_once(cast, acme):
    session = a_submitted_session(cast, acme)

    acted = overdue.remind_unconfirmed(at=FIRST + timedelta(days=14))

    assert (acted, reminders(session)) == (1, [4])


def test_c8_nobody_is_reminded_of_what_is_not_waiting(cast, acme):
    a_started_session(cast, acme)
    confirmed = a_submitted_session(cast, acme, starts_at=NOON + timedelta(hours=2))
    confirmation.confirm(session=confirmed, by=acme.approver, at=NOON + timedelta(hours=4))

    assert overdue.remind_unconfirmed(at=FIRST + timedelta(days=14)) == 0


def test_c8_hours_submitted_anew_are_reminded_of_anew(cast, acme):
    session = a_submitted_session(cast, acme)
    overdue.remind_unconfirmed(at=FIRST)
    worklogs.reopen(session=session, by=cast.tessa.person, at=FIRST, reason="Wrong")
    worklogs.submit(session=session, summary="Right", by=cast.tessa.person, at=FIRST)

    acted = [overdue.remind_unconfirmed(at=at) for at in (SECOND - timedelta(hours=1), SECOND)]

    assert (acted, reminders(session)) == ([0, 1], [1, 1])


@time_machine.travel(NOON)
def test_c8_each_reminder_announces_when_silence_confirms(cast):
    session = a_submitted_session(cast, a_client(cast, "Acme", silence_confirms=True))

    overdue.remind_unconfirmed(at=FIRST)

    assert "count as confirmed on Wed 2 Dec 12:47" in Notice.objects.get(cause=f"session:{session.pk}:submission:1:reminder:1").body


def test_c8_silence_confirms_after_ten_working_days_where_it_was_agreed(cast, borealis):
    agreed = a_submitted_session(cast, a_client(cast, "Acme", silence_confirms=True))
    other = a_submitted_session(cast, borealis, starts_at=NOON + timedelta(hours=2))

    acted = [overdue.confirm_silent(at=at) for at in (SILENCE - timedelta(hours=1), SILENCE, SILENCE)]

    assert acted == [0, 1, 0]
    assert Session.objects.get(pk=agreed.pk).state == State.CONFIRMED
    assert Session.objects.get(pk=other.pk).state == State.SUBMITTED
    assert (postings(agreed), postings(other)) == ([("deduction", -50)], [])


def test_c8_a_word_of_the_client_is_no_silence(cast):
    client = a_client(cast, "Acme", silence_confirms=True)
    session = a_submitted_session(cast, client)
    disputes.dispute(session=session, claims={entry_ids(session)[0]: 0}, reason="No", by=client.approver, at=FIRST)

    assert overdue.confirm_silent(at=SILENCE + timedelta(days=30)) == 0


def test_c8_disputes_lapse_when_their_time_is_over(cast, acme, borealis):
    first = a_submitted_session(cast, acme, worked=[47])
    second = a_submitted_session(cast, borealis, starts_at=NOON + timedelta(hours=2))
    early = disputes.dispute(session=first, claims={entry_ids(first)[0]: 12}, reason="No", by=acme.approver, at=FIRST)
    disputes.dispute(session=second, claims={entry_ids(second)[0]: 0}, reason="No", by=borealis.approver, at=SECOND)

    acted = [overdue.lapse_disputes(at=early.due_at + timedelta(seconds=seconds)) for seconds in (0, 1, 2)]

    assert acted == [0, 1, 0]
    assert (postings(first), postings(second)) == ([("deduction", -10)], [])
    assert audit().findings == []


def test_c8_the_jobs_together_end_what_nobody_ends(cast):
    client = a_client(cast, "Acme", silence_confirms=True)
    session = a_submitted_session(cast, client)
    at = NOON

    for _ in range(30):
        at += timedelta(days=1)
        overdue.remind_unconfirmed(at=at)
        overdue.confirm_silent(at=at)
        overdue.lapse_disputes(at=at)

    assert (reminders(session), postings(session)) == ([1, 2, 3], [("deduction", -50)])


@pytest.mark.parametrize("job", [overdue.remind_unconfirmed, overdue.confirm_silent, overdue.lapse_disputes])
def test_c8_with_nothing_to_do_a_job_does_nothing(cast, job):
    assert job(at=NOON) == 0
