"""A session stands still and goes on (rule R6)."""

from datetime import timedelta

import pytest

from clients.models import StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from sessions import life, pauses, worklogs
from sessions.models import State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_session, a_started_session, minutes, work


def pause(session, cast, after, *, by=None, reason="Waiting for a restart"):
    return pauses.pause(session=session, by=by or cast.tessa.person, at=NOON + minutes(after), reason=reason)


def resume(session, cast, after, *, by=None):
    return pauses.resume(session=session, by=by or cast.tessa.person, at=NOON + minutes(after))


def test_r6_a_session_is_paused_with_a_reason_and_goes_on(cast, acme):
    session = a_started_session(cast, acme)

    states = [pause(session, cast, 10).state, resume(session, cast, 25).state]

    assert states == [State.PAUSED, State.IN_PROGRESS]
    assert [(event.kind, event.by, event.reason) for event in session.events.order_by("pk")] == [
        (EventKind.PAUSED, cast.tessa.person, "Waiting for a restart"),
        (EventKind.RESUMED, cast.tessa.person, ""),
    ]


def test_r6_the_pauses_of_a_session_are_known_with_their_length(cast, acme):
    session = a_started_session(cast, acme)
    pause(session, cast, 10)
    resume(session, cast, 25)
    pause(session, cast, 40, reason="Lunch")

    found = pauses.pauses_of(session)

    assert [(one.since, one.until, one.reason) for one in found] == [
        (NOON + minutes(10), NOON + minutes(25), "Waiting for a restart"),
        (NOON + minutes(40), None, "Lunch"),
    ]
    assert [one.lasted(at=NOON + minutes(50)) for one in found] == [minutes(15), minutes(10)]


@pytest.mark.parametrize(("start", "length"), [(0, 11), (10, 15), (12, 5), (24, 10), (0, 60)])
def test_r6_nothing_is_logged_in_a_pause(cast, acme, start, length):
    session = a_started_session(cast, acme)
    pause(session, cast, 10)
    resume(session, cast, 25)

    with pytest.raises(pauses.WorkDuringPause) as refused:
        work(session, cast.tessa, start=start, length=length)

    assert (refused.value.since, refused.value.until) == (NOON + minutes(10), NOON + minutes(25))
    assert "paused from" in str(refused.value)
    assert not session.work.exists()


def test_r6_work_up_to_a_pause_and_after_it_is_logged(cast, acme):
    session = a_started_session(cast, acme)
    pause(session, cast, 10)
    work(session, cast.tessa, start=0, length=10)
    resume(session, cast, 25)

    assert work(session, cast.tessa, start=25, length=5).minutes == 5


def test_r6_the_minute_in_which_a_pause_is_pressed_can_be_worked(cast, acme):
    session = a_started_session(cast, acme)
    half = timedelta(seconds=30)
    pauses.pause(session=session, by=cast.tessa.person, at=NOON + minutes(10) + half, reason="Restart")
    pauses.resume(session=session, by=cast.tessa.person, at=NOON + minutes(12) + half)

    work(session, cast.tessa, start=0, length=11)
    work(session, cast.tessa, start=12, length=5)
    with pytest.raises(pauses.WorkDuringPause):
        work(session, cast.tessa, start=11, length=1)


def test_r6_a_pause_that_goes_on_bars_everything_after_it(cast, acme):
    session = a_started_session(cast, acme)
    pause(session, cast, 10)

    with pytest.raises(pauses.WorkDuringPause) as refused:
        work(session, cast.tessa, start=100, length=10)

    assert "has been paused since" in str(refused.value)


def test_r6_a_paused_session_is_submitted_and_its_pause_ends_there(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=10)
    pause(session, cast, 10)

    submitted = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(40))
    worklogs.reopen(session=submitted, by=cast.tessa.person, at=NOON + minutes(50), reason="A line is missing")

    assert submitted.charged_minutes == 10
    assert work(session, cast.tessa, start=40, length=5).minutes == 5
    with pytest.raises(pauses.WorkDuringPause):
        work(session, cast.tessa, start=39, length=1)


def test_r6_only_who_does_the_session_pauses_it(cast, acme):
    session = a_started_session(cast, acme)

    for person in (cast.theo.person, cast.max, acme.approver):
        with pytest.raises(NotAllowed):
            pause(session, cast, 10, by=person)
    assert pause(session, cast, 10, by=a_colleague("Disa", StaffDuty.DISPATCHER)).state == State.PAUSED
    with pytest.raises(NotAllowed):
        resume(session, cast, 20, by=cast.theo.person)


def test_r6_only_what_runs_is_paused_and_only_what_is_paused_goes_on(cast, acme):
    scheduled, running = a_session(cast, acme), a_started_session(cast, acme, starts_at=NOON + minutes(120))

    with pytest.raises(life.SessionMovedOn):
        pause(scheduled, cast, 10)
    with pytest.raises(life.SessionMovedOn):
        resume(running, cast, 10)
    with pytest.raises(ReasonMissing):
        pause(running, cast, 10, reason=" ")
