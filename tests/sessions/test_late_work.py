"""Work that is logged long after it was done counts only with the approver's yes (rule R6)."""

from datetime import timedelta

import pytest

from core.errors import NotAllowed
from sessions import late_work, life, receipts, worklogs
from sessions.models import LateWork, Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, at_stockholm
from tests.sessions.booked import mails
from tests.sessions.factories import a_started_session, minutes

IN_TIME = at_stockholm(2026, 11, 25, 12, 30)
"""Five working days after the end of what `log` logs."""
LATE = IN_TIME + timedelta(seconds=1)


def log(session, cast, *, start=0, length=30, at=LATE, late_reason="I was ill", **details):
    return worklogs.log(
        session=session,
        technician_person=cast.tessa.person,
        started_at=NOON + minutes(start),
        ended_at=NOON + minutes(start + length),
        note="Cleaned up",
        by=cast.tessa.person,
        at=at,
        late_reason=late_reason,
        **details,
    )


def submit(session, cast, at=LATE):
    return worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=at)


def bill(session):
    found = receipts.receipt(session)
    return found.raw_minutes, found.barred_minutes, found.free_minutes, found.charged_minutes


def test_r6_within_five_working_days_nothing_is_asked(cast, acme):
    session = a_started_session(cast, acme)

    log(session, cast, at=IN_TIME, late_reason="")

    assert (LateWork.objects.count(), bill(session)) == (0, (30, 0, 0, 30))


def test_r6_later_it_has_to_say_why(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(late_work.LateReasonMissing) as refused:
        log(session, cast, late_reason=" ")

    assert "more than 5 working days ago" in str(refused.value)
    assert not session.work.exists()


def test_r6_the_approvers_are_asked_and_until_they_answer_it_is_free(cast, acme):
    session = a_started_session(cast, acme)
    log(session, cast, start=0, length=20, at=IN_TIME - minutes(20))

    entry = log(session, cast, start=30, length=25, at=LATE + timedelta(days=1))

    late = LateWork.objects.get(entry=entry)
    assert (late.reason, late.asked_at, late.accepted) == ("I was ill", LATE + timedelta(days=1), None)
    assert bill(session) == (45, 25, 25, 20)
    told = mails("May 25 min that were logged late count: Disk is full")
    assert list(told) == ["anna"]
    for said in ("“I was ill”", "without your yes it is free", f"/late-work/{late.pk}/"):
        assert said in told["anna"]
    assert session.events.filter(kind=EventKind.LATE_WORK_ASKED, reason="I was ill").exists()


def test_r6_accepted_it_counts_like_any_other(cast, acme):
    session = a_started_session(cast, acme)
    late = LateWork.objects.get(entry=log(session, cast))

    answered = late_work.accept_late_work(late=late, by=acme.approver, at=LATE)

    assert (answered.accepted, answered.answered_by, answered.answered_at) == (True, acme.approver, LATE)
    assert bill(session) == (30, 0, 0, 30)
    assert submit(session, cast).charged_minutes == 30
    assert "It counts like any other." in mails("Accepted, though logged late")["tessa"]


def test_r6_refused_the_line_stands_and_is_free(cast, acme):
    session = a_started_session(cast, acme)
    late = LateWork.objects.get(entry=log(session, cast))

    late_work.refuse_late_work(late=late, by=acme.approver, at=LATE)

    assert bill(session) == (30, 30, 30, 0)
    assert [line.is_barred for line in receipts.receipt(session).lines] == [True]
    assert submit(session, cast).free_minutes == 30
    assert "The line stands, and is free." in mails("Logged late and not accepted")["tessa"]


def test_r6_hours_are_not_submitted_while_the_question_is_open(cast, acme):
    session = a_started_session(cast, acme)
    log(session, cast)

    with pytest.raises(late_work.LateWorkUnanswered) as refused:
        submit(session, cast)

    assert "30 min" in str(refused.value)
    assert "take the entry back" in str(refused.value)
    assert Session.objects.get().state == State.IN_PROGRESS


def test_r6_who_does_not_wait_takes_the_entry_back_and_submits_without_it(cast, acme):
    session = a_started_session(cast, acme)
    entry = log(session, cast)
    worklogs.take_back(entry=entry, by=cast.tessa.person, at=LATE, reason="No answer")

    assert submit(session, cast).raw_minutes == 0
    with pytest.raises(life.SessionMovedOn):
        late_work.accept_late_work(late=entry.late, by=acme.approver, at=LATE)


def test_r6_what_was_taken_back_is_not_answered(cast, acme):
    session = a_started_session(cast, acme)
    entry = log(session, cast)
    worklogs.take_back(entry=entry, by=cast.tessa.person, at=LATE, reason="Wrong")

    with pytest.raises(late_work.LateWorkAnswered):
        late_work.accept_late_work(late=entry.late, by=acme.approver, at=LATE)


def test_r6_an_answer_is_given_once_and_by_an_approver(cast, acme, borealis):
    session = a_started_session(cast, acme)
    late = LateWork.objects.get(entry=log(session, cast))

    for person in (acme.requester, borealis.approver, cast.max, cast.tessa.person):
        with pytest.raises(NotAllowed):
            late_work.accept_late_work(late=late, by=person, at=LATE)
    late_work.refuse_late_work(late=late, by=acme.approver, at=LATE)
    with pytest.raises(late_work.LateWorkAnswered):
        late_work.accept_late_work(late=late, by=acme.approver, at=LATE)


@pytest.mark.parametrize(("start", "length", "asks"), [(0, 30, False), (5, 20, False), (0, 31, True)])
def test_r6_a_correction_is_late_only_for_what_it_adds(cast, acme, start, length, asks):
    session = a_started_session(cast, acme)
    wrong = log(session, cast, at=IN_TIME, late_reason="")

    entry = log(session, cast, start=start, length=length, at=LATE + timedelta(days=7), corrects=wrong)

    assert LateWork.objects.filter(entry=entry).exists() == asks


def test_r6_a_correction_of_late_work_is_asked_about_anew(cast, acme):
    session = a_started_session(cast, acme)
    wrong = log(session, cast)
    late_work.accept_late_work(late=wrong.late, by=acme.approver, at=LATE)

    right = log(session, cast, length=20, corrects=wrong)

    assert right.late.accepted is None


def test_r6_the_days_are_those_that_were_agreed_at_booking(cast, acme):
    session = a_started_session(cast, acme, late_log_days=20)

    log(session, cast, late_reason="")

    assert not LateWork.objects.exists()


def test_c8_what_is_barred_leaves_the_room_within_the_estimate_to_others(cast, acme):
    session = a_started_session(cast, acme, estimate=60)
    log(session, cast, start=0, length=60, at=LATE + timedelta(days=1))
    log(session, cast, start=60, length=60, at=NOON + minutes(120))

    assert bill(session) == (120, 60, 60, 60)
