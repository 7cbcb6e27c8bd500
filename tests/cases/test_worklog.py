"""Time on cases: logged, refused, taken back, and what follows (rules S10, S4, C7)."""

from datetime import timedelta

import pytest

from cases import worklog
from cases.models import CallReason, CallTask, Case, CaseEvent, CaseTime, EventKind
from cases.words import begin_troubleshooting
from core.errors import NotAllowed
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.racing import race

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOON + 10 * DAY


@pytest.fixture
def case(acme):
    bind(acme, a_plan(call_after_minutes=240))
    return a_case(acme)


def _log(case, person, first=timedelta(), last=HOUR, **fields):
    given = {"note": "Looked at the log", "by": person, "at": LATER}
    return worklog.log(case=case, person=person, started_at=NOON + first, ended_at=NOON + last, **(given | fields))


def test_s10_time_is_logged_to_the_minute_for_staff_to_see(cast, case):
    entry = _log(case, cast.tessa.person, timedelta(seconds=40), HOUR + timedelta(seconds=50))

    assert (entry.started_at, entry.minutes, worklog.total_minutes(case)) == (NOON, 60, 60)
    event = CaseEvent.objects.get(case=case, kind=EventKind.LOGGED)
    assert (event.internal, event.facts["minutes"]) == (True, 60)


@pytest.mark.parametrize(
    ("first", "last", "refusal"),
    [
        (HOUR, HOUR, worklog.TimesReversed),
        (HOUR, timedelta(), worklog.TimesReversed),
        (timedelta(), 25 * HOUR, worklog.WorkTooLong),
        (10 * DAY - HOUR, 10 * DAY + HOUR, worklog.WorkInFuture),
        (-2 * DAY, -2 * DAY + HOUR, worklog.WorkBeforeReport),
    ],
)
def test_s10_time_that_cannot_be_is_refused(cast, case, first, last, refusal):
    with pytest.raises(refusal):
        _log(case, cast.tessa.person, first, last)

    assert not CaseTime.objects.exists()


def test_s10_nobody_works_twice_at_once_on_any_case(cast, acme, case):
    other = a_case(acme)
    _log(case, cast.tessa.person)

    with pytest.raises(worklog.EntriesOverlap):
        _log(other, cast.tessa.person, HOUR / 2, 2 * HOUR)
    _log(other, cast.tessa.person, HOUR, 2 * HOUR)
    _log(case, cast.theo.person)

    assert CaseTime.objects.count() == 3


def test_s10_who_logs_for_whom(cast, acme, case):
    disa = a_dispatcher()

    on_behalf = _log(case, cast.tessa.person, by=disa)

    assert on_behalf.person == cast.tessa.person
    for by in (cast.theo.person, acme.requester, cast.fia):
        with pytest.raises(NotAllowed):
            _log(case, cast.tessa.person, HOUR, 2 * HOUR, by=by)
    with pytest.raises(NotAllowed):
        _log(case, acme.requester, HOUR, 2 * HOUR, by=disa)


def test_s10_an_entry_is_taken_back_once_and_stays_readable(cast, case):
    entry = _log(case, cast.tessa.person)

    worklog.take_back(entry=entry, by=cast.tessa.person, at=LATER, reason="Wrong case")
    with pytest.raises(worklog.EntryTakenBack):
        worklog.take_back(entry=entry, by=cast.tessa.person, at=LATER, reason="Again")

    assert (entry.live, worklog.total_minutes(case)) == (False, 0)
    assert _log(case, cast.tessa.person).live
    assert CaseEvent.objects.get(kind=EventKind.UNLOGGED).reason == "Wrong case"


@pytest.mark.parametrize(
    ("minutes", "calls"), [([240], 0), ([240, 1], 1), ([120, 121], 1), ([300, 179], 1), ([300, 180], 1), ([300, 180, 1], 2)]
)
def test_s10_more_than_four_hours_over_all_raise_a_call_and_again_after_each_four(cast, case, minutes, calls):
    people, started = [cast.tessa.person, cast.theo.person, cast.tessa.person], timedelta()

    for person, each in zip(people, minutes, strict=False):
        _log(case, person, started, started + timedelta(minutes=each))
        started += timedelta(minutes=each)

    assert CallTask.objects.filter(case=case, reason=CallReason.WORK).count() == calls


def test_s10_on_a_closed_case_what_was_done_before_can_be_logged_for_a_while(cast, case):
    Case.objects.filter(pk=case.pk).update(state="closed", closed_as="withdrawn", closed_at=NOON + HOUR)

    logged = _log(case, cast.tessa.person)

    assert logged.live
    with pytest.raises(worklog.WorkAfterClosing):
        _log(case, cast.tessa.person, HOUR, 2 * HOUR)
    with pytest.raises(worklog.WorkAfterClosing):
        _log(case, cast.theo.person, at=NOON + 31 * DAY + 2 * HOUR)


def test_s4_beginning_to_troubleshoot_opens_an_entry_until_something_is_logged(cast, case):
    begin_troubleshooting(case, by=cast.tessa.person, at=NOON + HOUR / 2)

    running = worklog.begun(cast.tessa.person, at=NOON + HOUR)

    assert [(one.case, one.since) for one in running] == [(case, NOON + HOUR / 2)]
    assert worklog.begun(cast.theo.person, at=NOON + HOUR) == []
    assert worklog.begun(cast.tessa.person, at=NOON + 2 * DAY) == []
    _log(case, cast.tessa.person, HOUR / 2, HOUR)
    assert worklog.begun(cast.tessa.person, at=NOON + HOUR) == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s10_the_same_hour_logged_at_one_moment_counts_once(cast, acme, case):
    others = [case, *(a_case(acme) for _ in range(3))]

    outcome = race(4, lambda number: _log(others[number], cast.tessa.person))

    assert len(outcome.results) == 1
    assert [type(error) for error in outcome.errors] == [worklog.EntriesOverlap] * 3
