"""Sessions that nobody closes are told of, once (rule R6)."""

from datetime import timedelta

from clients.models import StaffDuty
from sessions import jobs, pauses, worklogs
from sessions.models import Session, State
from tests.cast import NOON, a_colleague
from tests.sessions.booked import mails
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, minutes
from tests.sessions.proposing import agreed, begun, proposed

DAY_AFTER_ITS_END = NOON + minutes(60) + timedelta(days=1)


def test_r6_a_day_after_its_end_our_people_are_told_once_that_nobody_closed_it(cast, acme):
    disa = a_colleague("Disa", StaffDuty.DISPATCHER)
    session = a_session(cast, acme)

    acted = [jobs.alert_unclosed(at) for at in (DAY_AFTER_ITS_END - minutes(1), DAY_AFTER_ITS_END, DAY_AFTER_ITS_END + timedelta(days=9))]

    told = mails("Nobody closed this session, Acme: Disk is full")
    assert acted == [0, 1, 0]
    assert set(told) == {"tessa", "max", disa.email.split("@")[0]}
    assert "It still holds 1 h of the client’s credit." in told["max"]
    assert Session.objects.get(pk=session.pk).state == State.SCHEDULED


def test_r6_hours_that_nobody_submitted_are_told_of_too(cast, acme):
    session = a_started_session(cast, acme)
    pauses.pause(session=session, by=cast.tessa.person, at=NOON + minutes(5), reason="Waiting")

    assert jobs.alert_unclosed(DAY_AFTER_ITS_END) == 1
    assert "Its hours have not been submitted." in mails("Nobody closed")["tessa"]


def test_r8_unplanned_work_is_told_of_a_day_after_it_began(cast, acme):
    begun(cast, acme, credit=120)
    began = NOON + minutes(10)

    assert [jobs.alert_unclosed(began + timedelta(hours=hours)) for hours in (23, 24)] == [0, 1]


def test_r8_agreed_work_that_nobody_begins_is_told_of_a_day_after_it_could_begin(cast, acme):
    agreed(cast, acme, credit=300)
    could_begin = NOON + minutes(5)

    assert [jobs.alert_unclosed(could_begin + timedelta(hours=hours)) for hours in (23, 24, 48)] == [0, 1, 0]
    told = mails("Nobody closed")["tessa"]
    assert "nobody has begun it" in told
    assert "Please begin it, or call it off." in told
    assert "It still holds 30 min of the client’s credit." in told


def test_r6_what_waits_for_others_or_is_over_is_left_in_peace(cast, acme):
    a_submitted_session(cast, acme)
    reopened = a_submitted_session(cast, acme, starts_at=NOON + minutes(120))
    worklogs.reopen(session=reopened, by=cast.tessa.person, at=NOON + minutes(300), reason="A line is missing")
    proposed(cast, acme)
    agreed(cast, acme)

    assert jobs.alert_unclosed(DAY_AFTER_ITS_END + timedelta(days=5)) == 0


def test_r6_a_session_that_was_moved_is_told_of_anew(cast, acme):
    session = a_session(cast, acme)
    jobs.alert_unclosed(DAY_AFTER_ITS_END)
    Session.objects.filter(pk=session.pk).update(start_number=2)

    assert jobs.alert_unclosed(DAY_AFTER_ITS_END) == 1
