"""Many open clocks after a change of their calendar, a batch at a time (rule S6)."""

import tracemalloc
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import recalculation, replay
from cases.models import Case, CaseEvent, Clock, EventKind
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cases.test_deadlines import close_on
from tests.cast import at_stockholm
from worktime.models import BusinessCalendar

FEW, SOME = 4, 16
NINE, THREE = at_stockholm(2026, 11, 23, 9), at_stockholm(2026, 11, 23, 15)


@pytest.fixture
def in_fours(monkeypatch):
    """Batches of four stand for those of five hundred."""
    monkeypatch.setattr(recalculation, "BATCH", FEW)


@pytest.fixture
def cases(acme):
    """Reported on Monday at 15:00, due on Tuesday at 14:00; then Tuesday is closed."""
    bind(acme, a_plan())
    a_dispatcher()
    found = [a_case(acme, at=THREE) for _number in range(SOME)]
    close_on(2026, 11, 24)
    return found


def are_renewed():
    """How many clocks are of the calendar as it is, and how many changes were told."""
    version = BusinessCalendar.objects.get(code="sq").version
    return Clock.objects.filter(calendar_version=version).count(), CaseEvent.objects.filter(kind=EventKind.CALENDAR_CHANGED).count()


class Killed(Exception):
    """The process ends here."""


def dies_in_batch(number):
    """At the end of so many batches' work, when their changes are told."""
    told = []

    def watch(execute, sql, *given):
        if sql.startswith('INSERT INTO "cases_caseevent"'):
            told.append(sql)
            if len(told) == number:
                raise Killed
        return execute(sql, *given)

    return connection.execute_wrapper(watch)


def test_s6_a_job_that_is_killed_half_way_is_continued_and_one_that_runs_twice_does_nothing(cases, in_fours):
    with pytest.raises(Killed), dies_in_batch(3):
        recalculation.recalculate(NINE)
    half = are_renewed()

    assert (half, recalculation.recalculate(NINE), recalculation.recalculate(NINE)) == ((8, 8), 8, 0)
    assert are_renewed() == (SOME, SOME)
    assert {clock.due_at for clock in Clock.objects.all()} == {at_stockholm(2026, 11, 24, 14)}
    assert [str(found) for case in cases for found in replay.differences(case)] == []


def test_s6_each_batch_takes_as_many_queries_however_many_clocks_it_has(cases, monkeypatch):
    taken = {}
    for size in (FEW, SOME):
        BusinessCalendar.objects.update(version=uuid4())
        monkeypatch.setattr(recalculation, "BATCH", size)
        recalculation.kept(Clock.objects.select_related("calendar")[0], None)  # the new timetable is read
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert recalculation.recalculate(NINE) == SOME
        taken[size] = (len(seen) - 1) * size // SOME  # but for the last look, which finds nothing

    assert taken[FEW] == taken[SOME] <= 12


def test_s6_memory_does_not_grow_with_the_number_of_clocks(cases, in_fours):
    peaks = []
    for number in (SOME, SOME // 4, SOME):  # what is kept for good is kept after the first
        BusinessCalendar.objects.update(version=uuid4())
        later = Case.objects.order_by("pk").values("pk")[number:]
        Clock.objects.filter(case__in=later).update(calendar_version=BusinessCalendar.objects.get().version)
        recalculation.kept(Clock.objects.select_related("calendar")[0], None)
        tracemalloc.start()
        assert recalculation.recalculate(NINE) == number
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[2] < peaks[1] * 2
