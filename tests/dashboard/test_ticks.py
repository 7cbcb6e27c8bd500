"""When jobs ran is kept, seldom enough to cost nothing and soon enough to be of use (rule M4)."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from dashboard import due, jobs, ticks
from dashboard.models import JobRun
from tests.cast import NOON

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(seconds=5)
LATER = NOON + timedelta(minutes=1)


def kept():
    return list(JobRun.objects.order_by("name").values_list("name", "ran_at", "succeeded_at", "failures"))


def test_m4_a_job_that_goes_well_is_noted_again_only_after_a_while(django_assert_num_queries):
    ticks.note(done=["b", "a"], at=NOON)
    with django_assert_num_queries(1):
        ticks.note(done=["b", "a"], at=SOON)
    ticks.note(done=["a"], at=LATER)

    assert kept() == [("a", LATER, LATER, 0), ("b", NOON, NOON, 0)]


def test_m4_failures_are_counted_until_it_goes_well_again():
    ticks.note(done=["a"], at=NOON)
    ticks.note(failed=["a", "b"], at=SOON)
    ticks.note(failed=["a"], at=LATER)

    assert kept() == [("a", LATER, NOON, 2), ("b", SOON, None, 1)]
    ticks.note(done=["a"], at=LATER)
    assert kept()[0] == ("a", LATER, LATER, 0)


def test_m4_what_cannot_be_noted_stops_no_job(monkeypatch):
    def away(**_):
        raise OperationalError

    monkeypatch.setattr(JobRun.objects, "filter", away)

    ticks.note(done=["a"], at=NOON)


def test_m4_a_worker_notes_its_job_whatever_becomes_of_it(monkeypatch):
    def broken(at):
        raise ValueError

    monkeypatch.setitem(due.JOBS, "rest", lambda at: 3)
    monkeypatch.setitem(due.JOBS, "break", broken)

    assert jobs.run("rest") == 3
    with pytest.raises(ValueError):  # noqa: PT011  any
        jobs.run("break")
    assert [(name, failures) for name, _, _, failures in kept()] == [("break", 1), ("rest", 0)]
