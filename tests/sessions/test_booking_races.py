"""Many at once, with real threads and connections (rules R2, C5, C6)."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import time as clock
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connections, transaction

from sessions import changes, jobs
from sessions.bookings import SlotTaken, TooManyAwaiting
from sessions.changes import CostChanged
from sessions.life import SessionMovedOn
from sessions.models import Reservation, Session, SessionTerms
from tests.cast import NOON, a_client, a_provider
from tests.sessions.banded import a_band
from tests.sessions.booked import TUESDAY, book, figures
from tests.sessions.factories import a_lot

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


class Race:
    """Runs functions at the same moment, each in a thread with a connection of its own."""

    def __init__(self) -> None:
        self.inside = self.most_inside = 0
        self._counting = threading.Lock()

    def run(self, *acts: Callable[[], object]) -> list[object]:
        """What each returned or was refused with, in order. Anything but a refusal of ours fails the test."""
        line = threading.Barrier(len(acts))
        with ThreadPoolExecutor(len(acts)) as threads:
            futures = [threads.submit(self._one, act, line) for act in acts]
            return [future.result(timeout=120) for future in futures]

    def _one(self, act: Callable[[], object], line: threading.Barrier) -> object:
        connections["default"].ensure_connection()
        line.wait(timeout=60)
        with self._counting:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        try:
            return act()
        except (SlotTaken, TooManyAwaiting, SessionMovedOn, CostChanged) as refusal:
            return refusal
        finally:
            with self._counting:
                self.inside -= 1
            connections["default"].close()


@pytest.fixture
def race():
    running = Race()
    yield running
    assert running.most_inside >= 2, "nobody raced"


@pytest.fixture
def scene(transactional_db):
    """The provider and eight clients with a man-day of credit each."""
    cast = a_provider()
    clients = [a_client(cast, f"Acme{number}") for number in range(8)]
    for client in clients:
        a_lot(client.account, 480, at=NOON)
    return cast, clients


def kinds(outcomes: Sequence[object]) -> Counter[str]:
    return Counter(outcome.state if isinstance(outcome, Session) else type(outcome).__name__ for outcome in outcomes)


def test_r2_eight_race_for_one_technicians_slot_and_one_gets_it(race, scene):
    cast, clients = scene

    outcomes = race.run(*(lambda client=client: book(cast, client, technician=cast.tessa) for client in clients))

    assert kinds(outcomes) == {"scheduled": 1, "SlotTaken": 7}
    assert all(len(outcome.nearest) == 6 for outcome in outcomes if isinstance(outcome, SlotTaken))
    assert Reservation.objects.filter(live=True).count() == Session.objects.count() == 1


def test_r2_eight_race_for_anybody_and_each_technician_is_booked_once(race, scene):
    cast, clients = scene

    outcomes = race.run(*(lambda client=client: book(cast, client) for client in clients))

    assert kinds(outcomes) == {"scheduled": 2, "SlotTaken": 6}
    taken = Reservation.objects.filter(live=True).order_by("technician").values_list("technician", flat=True)
    assert list(taken) == [cast.tessa.pk, cast.theo.pk]


def test_r2_twenty_race_for_the_last_slot_and_one_row_is_written(race, scene):
    cast, clients = scene
    racing = [clients[number % len(clients)] for number in range(20)]
    book(cast, clients[0], technician=cast.theo)

    outcomes = race.run(*(lambda client=client: book(cast, client) for client in racing))

    assert kinds(outcomes) == {"scheduled": 1, "SlotTaken": 19}
    assert all(len(outcome.nearest) == 6 for outcome in outcomes if isinstance(outcome, SlotTaken))
    assert Reservation.objects.filter(technician=cast.tessa, live=True).count() == 1
    assert Session.objects.count() == 2


def test_c17_an_evening_and_the_morning_after_are_not_both_booked(race, scene):
    cast, clients = scene
    a_band("evening", clock(17), clock(22), 100, weekdays=range(5))
    starts = [TUESDAY + 12 * HOUR, TUESDAY + 23 * HOUR]  # until 22:00, and from 08:00 on the day after

    outcomes = race.run(
        *(
            lambda client=client, start=start: book(cast, client, technician=cast.tessa, starts_at=start)
            for client, start in zip(clients, starts * 4, strict=True)
        )
    )

    assert kinds(outcomes) == {"scheduled": 1, "SlotTaken": 7}
    assert Reservation.objects.filter(live=True).count() == 1


def test_c5_eight_race_for_credit_that_covers_four(race, scene):
    cast, (acme, *_) = scene
    SessionTerms.objects.update(most_awaiting=4)

    outcomes = race.run(
        *(lambda number=number: book(cast, acme, starts_at=TUESDAY + (number // 2) * 2 * HOUR, estimate_minutes=120) for number in range(8))
    )

    assert kinds(outcomes) == {"scheduled": 4, "awaiting_top_up": 4}
    assert figures(acme.account) == (0, 480, 0)


def test_c6_no_more_than_two_await_a_top_up_however_many_race(race, scene):
    cast, (acme, *_) = scene

    outcomes = race.run(
        *(lambda number=number: book(cast, acme, starts_at=TUESDAY + (number // 2) * 2 * HOUR, estimate_minutes=120) for number in range(8))
    )

    assert kinds(outcomes) == {"scheduled": 4, "awaiting_top_up": 2, "TooManyAwaiting": 2}
    assert Session.objects.count() == 6


def test_c14_the_same_form_eight_times_books_once(race, scene):
    cast, (acme, *_) = scene

    outcomes = race.run(*(lambda: book(cast, acme, cause="form:7") for _ in range(8)))

    assert {outcome.pk for outcome in outcomes} == {Session.objects.get().pk}
    assert figures(acme.account) == (420, 60, 0)


def test_c10_eight_late_cancellations_cost_once(race, scene):
    cast, (acme, *_) = scene
    session = book(cast, acme)
    late = TUESDAY - HOUR

    outcomes = race.run(*(lambda: changes.cancel(session=session, shown_minutes=120, by=acme.requester, at=late) for _ in range(8)))

    assert kinds(outcomes) == {"cancelled": 1, "SessionMovedOn": 7}
    assert figures(acme.account) == (360, 0, 0)


def test_r2_moves_towards_each_other_neither_deadlock_nor_double_book(race, scene):
    cast, clients = scene
    sessions = [book(cast, client, technician=cast.tessa, starts_at=TUESDAY + number * HOUR) for number, client in enumerate(clients[:4])]
    targets = [TUESDAY + (3 - number) * HOUR for number in range(4)]

    def move(session, client, start):
        return changes.postpone(session=session, starts_at=start, shown_minutes=0, by=client.requester, at=NOON + HOUR)

    race.run(
        *(lambda trio=trio: move(*trio) for trio in zip(sessions, clients[:4], targets, strict=True)),
        *(lambda client=client: book(cast, client, starts_at=TUESDAY + 4 * HOUR) for client in clients[4:]),
    )

    live = list(Reservation.objects.filter(live=True).order_by("technician", "blocked_from"))
    for earlier, later in pairwise(live):
        assert earlier.technician_id != later.technician_id or earlier.blocked_until <= later.blocked_from
    assert len(live) == 4 + 2


def test_c6_two_job_loops_at_once_are_harmless(race, scene):
    cast, (*_, first, second, third, fourth) = scene
    wednesday, thursday = TUESDAY + 23 * HOUR, TUESDAY + 47 * HOUR
    waiting = [
        book(cast, client, estimate_minutes=510, starts_at=start)
        for client, start in ((first, wednesday), (second, wednesday), (third, thursday), (fourth, thursday))
    ]
    for client in (first, second):
        a_lot(client.account, 30, at=NOON)

    outcomes = race.run(
        *(lambda: jobs.follow_holds(at=NOON + HOUR) for _ in range(2)),
        *(lambda: jobs.release_unpaid(at=wednesday) for _ in range(2)),
    )

    assert sum(outcomes) == 4
    assert [Session.objects.get(pk=session.pk).state for session in waiting] == ["scheduled", "scheduled", "released", "released"]


def test_r2_somebody_who_takes_time_without_our_lock_is_met_by_the_database(race, scene):
    cast, (acme, other, *_) = scene
    elsewhere = book(cast, other, technician=cast.tessa, starts_at=TUESDAY + 4 * HOUR)
    written = threading.Event()

    def without_lock():
        with transaction.atomic():
            Reservation.objects.filter(session=elsewhere).update(blocked_from=TUESDAY, blocked_until=TUESDAY + HOUR)
            written.set()
            time.sleep(0.5)

    def with_lock():
        written.wait(timeout=30)
        return book(cast, acme, technician=cast.tessa)

    _, outcome = race.run(without_lock, with_lock)

    assert isinstance(outcome, SlotTaken)
    assert len(outcome.nearest) == 6
