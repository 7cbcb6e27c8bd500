"""REL8, REL10. Who leads, and who is alone, whatever dies and whatever a clock does."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from config import beat
from core import alone, clock, leases
from core.models import Lease
from tests.racing import race

LENGTH = timedelta(seconds=30)
HOUR = timedelta(hours=1)
SHORT = timedelta(seconds=5)


@pytest.fixture
def now(monkeypatch):
    """The database's clock, which a test turns."""
    hands = [clock.database_now()]
    monkeypatch.setattr(leases, "database_now", lambda: hands[0])
    return hands


@pytest.fixture
def sent(monkeypatch):
    """The ticks that were sent, by whom."""
    found: list[str] = []

    def tick(scheduler, *_args, **_more):
        found.append(scheduler.holder)
        return 5.0

    monkeypatch.setattr("celery.beat.Scheduler.tick", tick)
    return found


def a_beat():
    return beat.LeasedScheduler(app=None, max_interval=5, Producer=object, sync_every_tasks=1, lazy=True)


def take(holder):
    return leases.take("beat", holder=holder, length=LENGTH)


@pytest.mark.django_db
def test_rel8_one_holds_the_lease_until_it_gives_it_back_or_its_time_is_over(now):
    assert [take("one"), take("two"), take("one")] == [True, False, True]
    leases.give_back("beat", holder="two")
    assert not take("two")
    leases.give_back("beat", holder="one")
    assert take("two")
    now[0] += LENGTH
    assert take("three")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("leap", "other_may"), [(-HOUR, True), (HOUR, True), (timedelta(seconds=-5), False), (timedelta(seconds=5), False)]
)
def test_rel10_a_clock_of_the_database_that_leaps_keeps_nobody_waiting_for_an_hour(now, leap, other_may):
    take("one")
    now[0] += leap

    assert take("two") is other_may
    assert Lease.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_rel8_of_many_who_ask_at_once_one_gets_it():
    assert sum(race(4, lambda number: take(f"beat {number}")).results) == 1


@pytest.mark.django_db
def test_rel8_two_beats_send_each_tick_once_and_the_second_follows_the_first(now, sent):
    one, two = a_beat(), a_beat()
    for each in (one, two, one, two):
        each.tick()
    assert set(sent) == {one.holder}

    now[0] += LENGTH
    two._renew_at = 0
    two.tick()
    one._renew_at = 0
    one.tick()
    assert sent[-1] == two.holder


@pytest.mark.django_db
def test_rel8_a_beat_without_a_database_sends_nothing(sent, monkeypatch):
    monkeypatch.setattr(leases, "database_now", lambda: (_ for _ in ()).throw(OperationalError("gone")))
    monkeypatch.setattr("django.db.connection.close", lambda: None)

    assert a_beat().tick() == beat.RENEW_SECONDS
    assert sent == []


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-1, 1])
def test_rel10_a_beat_whose_clock_leaps_begins_anew_and_does_not_fall_silent(sent, monkeypatch, hours):
    one = a_beat()
    one._heap = ["what was to come in an hour"]
    leapt = beat._offset() + hours * 3600
    monkeypatch.setattr(beat, "_offset", lambda: leapt)

    one.tick()

    assert (one._heap, sent) == (None, [one.holder])


@pytest.mark.django_db(transaction=True)
def test_rel10_only_one_is_inside_and_the_next_gets_in_when_it_leaves():
    with alone.alone("notice:1") as ours:
        inside = race(2, lambda number: _enter(f"notice:{number + 1}"))
    assert ours
    assert sorted(inside.results) == [("notice:1", False), ("notice:2", True)]
    assert _enter("notice:1") == ("notice:1", True)


def _enter(name):
    with alone.alone(name) as ours:
        return name, ours
