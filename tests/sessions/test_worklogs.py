"""Starting a session, and logging and correcting time (rules C7, R6, R7)."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from clients.models import StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from sessions import life, worklogs
from sessions.models import Reservation, Session, State, WorkEntry
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_client, a_colleague
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, account_of, minutes, work


def events(session):
    return [(event.kind, event.by, event.reason) for event in session.events.order_by("pk")]


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


# Starting.


def test_r6_a_technician_starts_the_session(cast, acme):
    session = a_session(cast, acme)

    started = worklogs.start(session=session, by=cast.tessa.person, at=NOON)

    assert (started.state, started.started_at) == (State.IN_PROGRESS, NOON)
    assert events(session) == [(EventKind.STARTED, cast.tessa.person, "")]


def test_r6_a_dispatcher_can_start_it_too(cast, acme):
    session = a_session(cast, acme)
    dispatcher = a_colleague("Dana", StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER)

    assert worklogs.start(session=session, by=dispatcher, at=NOON).state == State.IN_PROGRESS


@pytest.mark.parametrize("who", ["theo", "max", "approver"])
def test_r6_nobody_else_starts_it(cast, acme, who):
    session = a_session(cast, acme)
    person = {"theo": cast.theo.person, "max": cast.max, "approver": acme.approver}[who]

    with pytest.raises(NotAllowed):
        worklogs.start(session=session, by=person, at=NOON)


def test_r6_it_starts_half_an_hour_early_at_most(cast, acme):
    session = a_session(cast, acme)

    with pytest.raises(worklogs.StartTooEarly) as refused:
        worklogs.start(session=session, by=cast.tessa.person, at=NOON - minutes(30) - timedelta(seconds=1))

    assert refused.value.opens_at == NOON - minutes(30)
    assert worklogs.start(session=session, by=cast.tessa.person, at=NOON - minutes(30)).state == State.IN_PROGRESS


def test_c6_a_session_that_awaits_a_top_up_cannot_be_started(cast, acme):
    session = a_session(cast, acme, credit=0, state=State.AWAITING_TOP_UP, top_up_by=NOON)

    with pytest.raises(worklogs.NotCovered):
        worklogs.start(session=session, by=cast.tessa.person, at=NOON)


def test_r6_a_session_is_started_once(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(life.SessionMovedOn):
        worklogs.start(session=session, by=cast.tessa.person, at=NOON)


def test_c10_a_quarter_of_an_hour_late_we_give_the_agreed_credit(cast, acme):
    session = a_session(cast, acme)

    started = worklogs.start(session=session, by=cast.tessa.person, at=NOON + minutes(15))

    assert started.free_change
    assert account_of(session).available_minutes == 120
    assert started.events.get().facts == {"start": 1, "credited_minutes": 120}


def test_c10_less_than_a_quarter_late_is_on_time(cast, acme):
    session = a_session(cast, acme)

    started = worklogs.start(session=session, by=cast.tessa.person, at=NOON + minutes(14))

    assert (started.free_change, account_of(session).available_minutes) == (False, 0)


# Logging.


def test_r7_time_is_logged_to_the_minute_with_what_was_done(cast, acme):
    session = a_started_session(cast, acme)

    entry = worklogs.log(
        session=session,
        technician_person=cast.tessa.person,
        started_at=NOON + timedelta(seconds=59),
        ended_at=NOON + minutes(13) + timedelta(seconds=1),
        note=" Cleaned up ",
        by=cast.tessa.person,
        at=NOON + minutes(14),
    )

    assert (entry.started_at, entry.ended_at, entry.minutes, entry.note) == (NOON, NOON + minutes(13), 13, "Cleaned up")
    assert events(session) == [(EventKind.LOGGED, cast.tessa.person, "")]


def test_c7_minutes_are_elapsed_time_also_when_clocks_go_back(cast, acme):
    stockholm = ZoneInfo("Europe/Stockholm")
    before, after = NOON.replace(month=10, day=24, hour=23, minute=50), NOON.replace(month=10, day=25, hour=1, minute=10)
    session = a_started_session(cast, acme, starts_at=before)

    entry = worklogs.log(
        session=session,
        technician_person=cast.tessa.person,
        started_at=before.astimezone(stockholm),
        ended_at=after.astimezone(stockholm),
        note="Night work",
        by=cast.tessa.person,
        at=after,
    )

    assert (entry.minutes, entry.started_at.tzinfo) == (80, UTC)


def test_r7_several_technicians_log_at_the_same_time(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])

    log(session, cast.tessa)
    log(session, cast.theo)

    assert WorkEntry.objects.filter(session=session, live=True).count() == 2


def test_r7_the_account_manager_logs_on_behalf_of_a_technician(cast, acme):
    session = a_started_session(cast, acme)

    entry = log(session, cast.tessa, by=cast.max)

    assert entry.person == cast.tessa.person
    assert events(session) == [(EventKind.LOGGED, cast.max, "")]


def test_r6_only_the_crew_works_and_nobody_logs_for_a_colleague(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(NotAllowed):
        log(session, cast.theo)
    with pytest.raises(NotAllowed):
        log(session, cast.theo, by=cast.max)
    with pytest.raises(NotAllowed):
        log(session, cast.tessa, by=cast.theo.person)
    with pytest.raises(NotAllowed):
        log(session, cast.tessa, by=acme.approver)


def test_r7_an_entry_says_what_was_done(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(ReasonMissing):
        log(session, cast.tessa, note=" ")


@pytest.mark.parametrize(
    ("start", "end", "at", "refusal"),
    [
        (30, 30, 60, worklogs.TimesReversed),
        (30, 20, 60, worklogs.TimesReversed),
        (0, 24 * 60 + 1, 2000, worklogs.WorkTooLong),
        (0, 31, 30, worklogs.WorkInFuture),
        (-31, 10, 30, worklogs.WorkBeforeStart),
    ],
)
def test_r7_times_that_cannot_be_are_refused(cast, acme, start, end, at, refusal):
    session = a_started_session(cast, acme)

    with pytest.raises(refusal):
        log(session, cast.tessa, start=start, end=end, at=NOON + minutes(at))


@pytest.mark.parametrize(("start", "end"), [(-30, 10), (0, 24 * 60)])
def test_r7_the_widest_times_that_can_be_are_taken(cast, acme, start, end):
    session = a_started_session(cast, acme)

    assert log(session, cast.tessa, start=start, end=end).minutes == end - start


def test_r7_work_from_the_agreed_start_can_be_logged_where_starting_was_forgotten(cast, acme):
    session = a_session(cast, acme)
    worklogs.start(session=session, by=cast.tessa.person, at=NOON + minutes(50))

    assert log(session, cast.tessa, start=0, end=50).minutes == 50


@pytest.mark.parametrize(("start", "end"), [(0, 30), (10, 20), (-10, 1), (29, 40), (-10, 40)])
def test_c7_nobody_works_twice_at_once_in_a_session(cast, acme, start, end):
    session = a_started_session(cast, acme)
    log(session, cast.tessa)

    with pytest.raises(worklogs.EntriesOverlap):
        log(session, cast.tessa, start=start, end=end)

    assert WorkEntry.objects.count() == 1


def test_c7_nobody_works_twice_at_once_in_two_sessions(cast, acme):
    first, second = a_started_session(cast, acme), a_started_session(cast, a_client(cast, "Borealis"), technicians=[cast.theo])
    Reservation.objects.filter(session=first).update(live=False)
    Reservation.objects.create(session=second, technician=cast.tessa, blocked_from=NOON, blocked_until=NOON + minutes(60))
    Session.objects.filter(pk=first.pk).update(submitted_at=NOON)
    log(first, cast.tessa)

    with pytest.raises(worklogs.EntriesOverlap):
        log(second, cast.tessa, start=29, end=40)


def test_c7_one_stretch_can_begin_as_another_ends(cast, acme):
    session = a_started_session(cast, acme)
    log(session, cast.tessa, start=0, end=30)

    assert log(session, cast.tessa, start=30, end=60).minutes == 30


@pytest.mark.parametrize("state", [State.SCHEDULED, State.SUBMITTED, State.CONFIRMED, State.CANCELLED])
def test_r6_time_is_logged_only_while_the_session_is_in_progress(cast, acme, state):
    session = a_submitted_session(cast, acme)
    closed_at = NOON if state in life.CLOSED else None
    Session.objects.filter(pk=session.pk).update(state=state, closed_at=closed_at)

    with pytest.raises(worklogs.NotInProgress):
        log(session, cast.tessa, start=50, end=60)


# Correcting.


def test_r6_a_correction_takes_the_old_entry_back_and_keeps_it_readable(cast, acme):
    session = a_started_session(cast, acme)
    wrong = log(session, cast.tessa, end=50)

    right = log(session, cast.tessa, end=40, at=NOON + minutes(50), corrects=wrong)

    assert right.corrects == wrong
    assert list(WorkEntry.objects.order_by("pk").values_list("pk", "live")) == [(wrong.pk, False), (right.pk, True)]


def test_r6_a_correction_that_is_refused_leaves_the_old_entry_standing(cast, acme):
    session = a_started_session(cast, acme)
    log(session, cast.tessa, start=30, end=60)
    wrong = log(session, cast.tessa, start=0, end=30)

    with pytest.raises(worklogs.EntriesOverlap):
        log(session, cast.tessa, start=0, end=31, at=NOON + minutes(60), corrects=wrong)

    wrong.refresh_from_db()
    assert wrong.live


def test_r6_time_is_taken_back_with_a_reason(cast, acme):
    session = a_started_session(cast, acme)
    entry = log(session, cast.tessa)

    taken = worklogs.take_back(entry=entry, by=cast.tessa.person, at=NOON + minutes(30), reason="Wrong session")

    assert not taken.live
    assert events(session)[1] == (EventKind.UNLOGGED, cast.tessa.person, "Wrong session")


def test_r6_an_entry_is_taken_back_once(cast, acme):
    session = a_started_session(cast, acme)
    entry = log(session, cast.tessa)
    worklogs.take_back(entry=entry, by=cast.tessa.person, at=NOON + minutes(30), reason="Wrong session")

    with pytest.raises(worklogs.EntryTakenBack):
        worklogs.take_back(entry=entry, by=cast.tessa.person, at=NOON + minutes(30), reason="Wrong session")
    with pytest.raises(worklogs.EntryTakenBack):
        log(session, cast.tessa, corrects=entry)


def test_r6_an_entry_of_another_session_is_no_correction(cast, acme, borealis):
    session, other = a_started_session(cast, acme), a_started_session(cast, borealis, starts_at=NOON + minutes(120))
    foreign = work(other, cast.tessa, length=10)

    with pytest.raises(worklogs.EntryTakenBack):
        log(session, cast.tessa, corrects=foreign)


def test_r6_an_entry_of_somebody_else_is_no_correction(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])
    theirs = log(session, cast.theo)

    for by in (cast.tessa.person, cast.max):
        with pytest.raises(NotAllowed):
            log(session, cast.tessa, by=by, corrects=theirs)
    theirs.refresh_from_db()
    assert theirs.live


def test_r6_only_the_worker_and_the_account_manager_take_back(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])
    entry = log(session, cast.tessa)

    with pytest.raises(NotAllowed):
        worklogs.take_back(entry=entry, by=cast.theo.person, at=NOON + minutes(30), reason="Not his")
    assert not worklogs.take_back(entry=entry, by=cast.max, at=NOON + minutes(30), reason="Doubled").live
