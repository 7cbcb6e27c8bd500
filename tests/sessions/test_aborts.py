"""A session that has begun is broken off: through whose fault, and what follows (rule R6)."""

import pytest

from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits.audit import audit
from sessions import aborts, confirmation, late_work, life, pauses, receipts, worklogs
from sessions.models import Fault, Reservation, State
from sessions.models.sessions import EventKind
from tests.cast import NOON
from tests.sessions.booked import mails
from tests.sessions.factories import a_session, a_started_session, account_of, minutes, postings, work
from tests.sessions.proposing import begun


def abort(session, cast, *, fault, by=None, at=None, reason="The server went away", summary="Half of it"):
    by, at = by or cast.tessa.person, at or NOON + minutes(50)
    return aborts.abort(session=session, fault=fault, reason=reason, summary=summary, by=by, at=at)


def figures(session):
    account = account_of(session)
    return account.available_minutes, account.held_minutes


def test_r6_through_our_fault_everything_is_free(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=47)

    aborted = abort(session, cast, fault=Fault.OURS)

    bill = receipts.receipt(aborted)
    assert (aborted.state, aborted.fault, aborted.closed_at) == (State.ABORTED, Fault.OURS, NOON + minutes(50))
    assert (aborted.raw_minutes, aborted.free_minutes, aborted.charged_minutes) == (47, 47, 0)
    assert (bill.raw_minutes, bill.free_minutes, bill.charged_minutes) == (47, 47, 0)
    assert (figures(session), postings(session)) == ((60, 0), [])
    assert not Reservation.objects.filter(session=session, live=True).exists()
    assert audit().findings == []


def test_r6_the_client_is_told_whose_fault_it_was_and_why(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=47)

    abort(session, cast, fault=Fault.OURS)

    told = mails("Broken off, at no cost: Disk is full")
    assert set(told) == {"anna", "rolf"}
    for said in ("“The server went away”", "The fault is ours: it costs nothing, whatever was worked."):
        assert said in told["anna"]
    assert [(event.kind, event.reason, event.facts) for event in session.events.filter(kind=EventKind.ABORTED)] == [
        (EventKind.ABORTED, "The server went away", {"fault": "ours", "minutes": 47})
    ]


@pytest.mark.parametrize("fault", [Fault.CLIENT, Fault.NOBODY])
def test_r6_through_anybody_elses_the_hours_so_far_are_to_be_confirmed(cast, acme, fault):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=47)

    aborted = abort(session, cast, fault=fault)
    confirmation.confirm(session=aborted, by=acme.approver, at=NOON + minutes(60))

    assert (aborted.state, aborted.fault, aborted.summary, aborted.charged_minutes) == (State.SUBMITTED, fault, "Half of it", 50)
    assert set(mails("Please confirm 50 min: Disk is full")) == {"anna"}
    assert (postings(session), figures(session)) == ([("deduction", -50)], (10, 0))
    assert not Reservation.objects.filter(session=session, live=True).exists()


@pytest.mark.parametrize("fault", [Fault.CLIENT, Fault.NOBODY])
def test_r6_before_any_work_it_is_cancelled_at_no_cost(cast, acme, fault):
    session = a_started_session(cast, acme)

    aborted = abort(session, cast, fault=fault, summary="")

    assert (aborted.state, aborted.fault, aborted.charged_minutes) == (State.CANCELLED, fault, 0)
    assert (postings(session), figures(session)) == ([], (60, 0))
    assert set(mails("Broken off, at no cost")) == {"anna", "rolf"}


def test_r6_a_paused_session_can_be_broken_off(cast, acme):
    session = a_started_session(cast, acme)
    pauses.pause(session=session, by=cast.tessa.person, at=NOON + minutes(5), reason="Waiting")

    assert abort(session, cast, fault=Fault.OURS).state == State.ABORTED


def test_r6_unplanned_work_can_be_broken_off(cast, acme):
    session = begun(cast, acme, credit=120)

    assert abort(session, cast, fault=Fault.OURS).state == State.ABORTED
    assert figures(session) == (120, 0)


def test_r6_breaking_off_says_why_and_what_was_done_where_hours_are_confirmed(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=10)

    with pytest.raises(ReasonMissing):
        abort(session, cast, fault=Fault.OURS, reason=" ")
    with pytest.raises(ReasonMissing):
        abort(session, cast, fault=Fault.CLIENT, summary=" ")

    session.refresh_from_db()
    assert (session.state, session.events.filter(kind=EventKind.ABORTED).count()) == (State.IN_PROGRESS, 0)


def test_r6_who_does_the_session_or_manages_the_client_breaks_it_off(cast, acme):
    first, second = a_started_session(cast, acme), a_started_session(cast, acme, starts_at=NOON + minutes(120))

    for person in (cast.theo.person, cast.fia, acme.approver):
        with pytest.raises(NotAllowed):
            abort(first, cast, fault=Fault.OURS, by=person)
    assert [abort(first, cast, fault=Fault.OURS).state, abort(second, cast, fault=Fault.OURS, by=cast.max).state] == [State.ABORTED] * 2


def test_r6_only_what_runs_is_broken_off_and_only_once(cast, acme):
    scheduled, running = a_session(cast, acme), a_started_session(cast, acme, starts_at=NOON + minutes(120))
    abort(running, cast, fault=Fault.OURS)

    for session in (scheduled, running):
        with pytest.raises(life.SessionMovedOn):
            abort(session, cast, fault=Fault.OURS)


def test_r6_hours_opened_again_end_anew(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=47)
    aborted = abort(session, cast, fault=Fault.CLIENT)

    reopened = worklogs.reopen(session=aborted, by=cast.tessa.person, at=NOON + minutes(60), reason="They came back")
    ended = worklogs.submit(session=reopened, summary="All of it", by=cast.tessa.person, at=NOON + minutes(61))

    assert (reopened.fault, ended.fault, ended.state) == ("", "", State.SUBMITTED)


def test_r6_after_hours_were_opened_again_our_fault_leaves_no_old_charge(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=47)
    submitted = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(50))
    reopened = worklogs.reopen(session=submitted, by=cast.tessa.person, at=NOON + minutes(60), reason="It did not hold")

    aborted = abort(reopened, cast, fault=Fault.OURS, at=NOON + minutes(70))

    assert (aborted.charged_minutes, aborted.free_minutes, figures(session)) == (0, 47, (60, 0))


def test_r6_with_an_open_question_about_late_work_the_hours_are_not_submitted(cast, acme):
    session = a_started_session(cast, acme)
    worklogs.log(
        session=session,
        technician_person=cast.tessa.person,
        started_at=NOON,
        ended_at=NOON + minutes(10),
        note="x",
        by=cast.tessa.person,
        at=NOON + minutes(60 * 24 * 20),
        late_reason="I was ill",
    )

    with pytest.raises(late_work.LateWorkUnanswered):
        abort(session, cast, fault=Fault.CLIENT, at=NOON + minutes(60 * 24 * 20))
