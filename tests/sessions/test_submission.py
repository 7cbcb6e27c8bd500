"""Submitting hours, and opening them again (rules C5, C7, C8, R6, R7)."""

import pytest
import time_machine

from clients.models import StaffRole
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits.ledger import LotSource
from notices.models import Notice
from sessions import life, worklogs
from sessions.models import Reservation, Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_client
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, account_of, minutes


def log(session, technician, *, start=0, end=30, by=None, at=None, note="Cleaned up", corrects=None):
    return worklogs.log(
        session=session,
        technician_person=technician.person,
        started_at=NOON + minutes(start),
        ended_at=NOON + minutes(end),
        note=note,
        by=by or technician.person,
        at=at or NOON + minutes(end),
        corrects=corrects,
    )


# Submitting.


def test_c7_submitted_hours_are_rounded_once_and_the_hold_becomes_them(cast, acme):
    session = a_submitted_session(cast, acme, worked=[13, 13, 13])

    assert (session.raw_minutes, session.free_minutes, session.charged_minutes) == (39, 0, 40)
    assert (session.state, session.submitted_by, session.summary) == (State.SUBMITTED, cast.tessa.person, "Removed old logs.")
    assert (account_of(session).held_minutes, account_of(session).available_minutes) == (40, 20)
    assert not Reservation.objects.filter(session=session, live=True).exists()
    assert session.events.get(kind=EventKind.SUBMITTED).facts == {
        "round": 1,
        "raw_minutes": 39,
        "free_minutes": 0,
        "charged_minutes": 40,
    }


def test_c5_hours_above_the_estimate_hold_what_there_is(cast, acme):
    session = a_submitted_session(cast, acme, worked=[68])

    hold = life.hold(Session.objects.get(pk=session.pk))
    assert (hold.minutes, hold.covered_minutes) == (70, 60)


def test_c8_minutes_without_the_consent_they_needed_are_logged_and_free(cast, acme):
    session = a_submitted_session(cast, acme, worked=[100])

    assert (session.raw_minutes, session.free_minutes, session.charged_minutes) == (100, 31, 70)


@time_machine.travel(NOON)
def test_c8_the_approvers_are_asked_to_confirm(cast, acme):
    session = a_submitted_session(cast, acme, worked=[13, 13, 13])

    notice = Notice.objects.get(cause=f"session:{session.pk}:submission:1")
    assert (notice.person, notice.subject) == (acme.approver, "Please confirm 40 min: Disk is full")
    assert "Removed old logs." in notice.body
    assert "Wed 18 Nov 12:13–12:26 Tessa Testsson: Cleaned up" in notice.body
    assert "Worked: 39 min.\nCharged, rounded once: 40 min." in notice.body
    assert "If we hear nothing" not in notice.body


@time_machine.travel(NOON)
def test_c8_the_mail_announces_when_silence_confirms(cast):
    client = a_client(cast, "Acme", silence_confirms=True)

    session = a_submitted_session(cast, client)

    notice = Notice.objects.get(cause=f"session:{session.pk}:submission:1")
    assert "If we hear nothing, the hours count as confirmed on Wed 2 Dec 12:47." in notice.body


def test_c7_a_session_without_any_work_costs_nothing(cast, acme):
    session = a_submitted_session(cast, acme, worked=[])

    assert (session.raw_minutes, session.charged_minutes, account_of(session).held_minutes) == (0, 0, 0)


def test_r7_hours_are_submitted_with_a_summary(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(ReasonMissing):
        worklogs.submit(session=session, summary=" ", by=cast.tessa.person, at=NOON)


def test_r6_only_who_does_the_session_submits(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(NotAllowed):
        worklogs.submit(session=session, summary="Done", by=cast.max, at=NOON)


def test_r6_hours_are_submitted_once(cast, acme):
    session = a_submitted_session(cast, acme)

    with pytest.raises(worklogs.NotInProgress):
        worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON)


# Opening again.


@pytest.mark.parametrize("who", ["tessa", "max"])
def test_r6_submitted_hours_are_opened_again_corrected_and_submitted_anew(cast, acme, who):
    session = a_submitted_session(cast, acme, worked=[13])
    by = {"tessa": cast.tessa.person, "max": cast.max}[who]

    opened = worklogs.reopen(session=session, by=by, at=NOON + minutes(60), reason="Something was left out")
    log(session, cast.tessa, start=13, end=40, at=NOON + minutes(60))
    again = worklogs.submit(session=session, summary="Also the backups.", by=cast.tessa.person, at=NOON + minutes(60))

    assert (opened.state, opened.round) == (State.IN_PROGRESS, 2)
    assert (again.state, again.round, again.charged_minutes) == (State.SUBMITTED, 2, 40)
    assert (account_of(session).held_minutes, account_of(session).available_minutes) == (40, 20)


def test_r6_the_approvers_are_told_and_asked_again(cast, acme):
    session = a_submitted_session(cast, acme)

    worklogs.reopen(session=session, by=cast.tessa.person, at=NOON, reason="Theo's part is missing")
    worklogs.submit(session=session, summary="All of it", by=cast.tessa.person, at=NOON + minutes(60))

    causes = Notice.objects.filter(person=acme.approver).order_by("pk").values_list("cause", flat=True)
    assert list(causes) == [f"session:{session.pk}:{event}" for event in ("submission:1", "reopened:2", "submission:2")]


def test_r6_opening_again_needs_a_reason_and_the_right(cast, acme):
    session = a_submitted_session(cast, acme)

    with pytest.raises(ReasonMissing):
        worklogs.reopen(session=session, by=cast.max, at=NOON, reason="")
    with pytest.raises(NotAllowed):
        worklogs.reopen(session=session, by=acme.approver, at=NOON, reason="Please")
    with pytest.raises(NotAllowed):
        worklogs.reopen(session=session, by=cast.theo.person, at=NOON, reason="Please")


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.CONFIRMED, State.DISPUTED, State.SETTLED])
def test_r6_only_hours_that_wait_for_confirmation_are_opened_again(cast, acme, state):
    session = a_submitted_session(cast, acme)
    Session.objects.filter(pk=session.pk).update(state=state, closed_at=NOON if state in life.CLOSED else None)

    with pytest.raises(life.SessionMovedOn):
        worklogs.reopen(session=session, by=cast.max, at=NOON, reason="Please")


def test_p3_a_colleague_who_lost_the_duty_manages_nothing(cast, acme):
    session = a_submitted_session(cast, acme)
    StaffRole.objects.filter(person=cast.max).delete()

    with pytest.raises(NotAllowed):
        worklogs.reopen(session=session, by=cast.max, at=NOON, reason="Please")


def test_c10_a_lot_for_our_lateness_says_where_it_came_from(cast, acme):
    session = a_session(cast, acme)

    worklogs.start(session=session, by=cast.tessa.person, at=NOON + minutes(20))

    assert account_of(session).lots.latest("pk").source == LotSource.OUR_LATE_CHANGE
