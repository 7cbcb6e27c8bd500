"""Bookings follow their credit, and are released where none comes (rule C6)."""

from datetime import timedelta

import pytest

from credits import ledger
from credits.ledger import HoldState
from sessions import changes, cover, jobs, release
from sessions.models import Session, SessionEvent, State
from sessions.models.sessions import EventKind
from tests.cast import NOON
from tests.sessions.booked import TUESDAY, book, crew_names, figures, hold_of, mails, trace
from tests.sessions.factories import a_lot

HOUR = timedelta(hours=1)
DEADLINE = TUESDAY - 24 * HOUR


@pytest.fixture
def awaiting(cast, acme):
    """An hour on Tuesday for which 40 minutes are missing."""
    return book(cast, acme, credit=20)


def states():
    return list(Session.objects.order_by("pk").values_list("state", flat=True))


# Credit comes.


def test_c6_a_top_up_schedules_the_booking(acme, awaiting):
    a_lot(acme.account, 40, at=NOON + HOUR)

    assert jobs.follow_holds(at=NOON + 2 * HOUR) == 1
    awaiting.refresh_from_db()
    assert (awaiting.state, awaiting.agreed_at, awaiting.top_up_by) == (State.SCHEDULED, NOON + 2 * HOUR, None)
    assert trace(awaiting)[-1] == (EventKind.SCHEDULED, None, "")
    assert figures(acme.account) == (0, 60, 0)


def test_c6_a_minute_too_little_changes_nothing(acme, awaiting):
    a_lot(acme.account, 39, at=NOON + HOUR)

    assert jobs.follow_holds(at=NOON + HOUR) == 0
    assert states() == [State.AWAITING_TOP_UP]


def test_c6_following_twice_does_nothing_the_second_time(acme, awaiting):
    a_lot(acme.account, 40, at=NOON + HOUR)
    jobs.follow_holds(at=NOON + HOUR)
    events = SessionEvent.objects.count()

    assert jobs.follow_holds(at=NOON + HOUR) == 0
    assert not cover.follow(session=awaiting, at=NOON + HOUR)
    assert SessionEvent.objects.count() == events


def test_c6_the_oldest_that_fits_is_first(cast, acme):
    book(cast, acme, estimate_minutes=120)
    book(cast, acme, starts_at=TUESDAY + 3 * HOUR, at=NOON + HOUR)
    a_lot(acme.account, 60, at=NOON + 2 * HOUR)

    assert jobs.follow_holds(at=NOON + 2 * HOUR) == 1
    assert states() == [State.AWAITING_TOP_UP, State.SCHEDULED]


def test_c6_both_are_scheduled_when_both_are_covered(cast, acme, awaiting):
    book(cast, acme, starts_at=TUESDAY + 3 * HOUR, at=NOON + HOUR)
    a_lot(acme.account, 480, at=NOON + 2 * HOUR)

    assert jobs.follow_holds(at=NOON + 2 * HOUR) == 2
    assert states() == [State.SCHEDULED, State.SCHEDULED]


def test_c6_what_was_missing_is_exactly_what_schedules_it(cast, acme, awaiting):
    second = book(cast, acme, starts_at=TUESDAY + 3 * HOUR, at=NOON + HOUR)
    missing = cover.missing_minutes(second)
    a_lot(acme.account, missing, at=NOON + 2 * HOUR)

    jobs.follow_holds(at=NOON + 2 * HOUR)

    assert (missing, states()) == (100, [State.SCHEDULED, State.SCHEDULED])
    second.refresh_from_db()
    assert cover.missing_minutes(second) == 0


def test_c6_debt_is_part_of_what_is_missing(cast, acme):
    owing = book(cast, acme, starts_at=TUESDAY + 3 * HOUR, at=NOON)
    changes.allow_start(session=owing, by=cast.max, at=NOON, reason="Outage")
    changes.cancel(session=owing, shown_minutes=120, by=acme.requester, at=TUESDAY + 2 * HOUR)

    session = book(cast, acme, starts_at=TUESDAY + 24 * HOUR, at=TUESDAY + 2 * HOUR)

    assert (figures(acme.account), cover.missing_minutes(session)) == ((0, 0, 120), 180)


def test_c6_the_agreed_time_is_told_to_everybody(acme, awaiting):
    a_lot(acme.account, 40, at=NOON + HOUR)

    jobs.follow_holds(at=NOON + HOUR)

    told = mails("Settled for Tue 24 Nov 09:00: Disk is full")
    assert set(told) == {"rolf", "anna", "tessa"}
    assert "1 h of credit is held for it." in told["rolf"]
    assert "free until Mon 23 Nov 09:00." in told["rolf"]


def test_c10_a_time_agreed_after_its_cut_off_says_that_changing_it_costs(cast, acme):
    book(cast, acme, at=TUESDAY - 3 * HOUR)
    a_lot(acme.account, 60, at=TUESDAY - 2 * HOUR)

    jobs.follow_holds(at=TUESDAY - 2 * HOUR)

    assert "It can no longer be moved or cancelled free." in mails("Settled for")["rolf"]


def test_c6_credit_for_a_time_that_has_gone_schedules_nothing(acme, awaiting):
    a_lot(acme.account, 40, at=TUESDAY + HOUR)

    assert jobs.follow_holds(at=TUESDAY + HOUR) == 0
    assert jobs.release_unpaid(at=TUESDAY + HOUR) == 1
    assert (states(), figures(acme.account)) == ([State.RELEASED], (60, 0, 0))


def test_c6_a_scheduled_booking_whose_cover_was_lost_awaits_a_top_up(cast, acme):
    session = book(cast, acme, credit=60)
    a_lot(acme.account, 30, at=NOON)
    ledger.rebook_hold(hold=hold_of(session), minutes=120, at=NOON)

    assert jobs.follow_holds(at=NOON + HOUR) == 1
    session.refresh_from_db()
    assert (session.state, session.agreed_at, session.top_up_by) == (State.AWAITING_TOP_UP, None, DEADLINE)
    assert mails("30 min of credit is missing")


# No credit comes.


def test_c6_at_the_deadline_a_booking_is_released_without_penalty(acme, awaiting):
    assert jobs.release_unpaid(at=DEADLINE) == 1

    awaiting.refresh_from_db()
    assert (awaiting.state, awaiting.closed_at, hold_of(awaiting).state) == (State.RELEASED, DEADLINE, HoldState.VOIDED)
    assert (crew_names(awaiting), figures(acme.account)) == ([], (20, 0, 0))
    assert trace(awaiting)[-1] == (EventKind.RELEASED, None, "")


def test_c6_a_second_before_the_deadline_it_is_kept(awaiting):
    assert jobs.release_unpaid(at=DEADLINE - timedelta(seconds=1)) == 0
    assert states() == [State.AWAITING_TOP_UP]


def test_c6_releasing_twice_does_nothing_the_second_time(awaiting):
    jobs.release_unpaid(at=DEADLINE)
    events = SessionEvent.objects.count()

    assert jobs.release_unpaid(at=DEADLINE) == 0
    assert not release.release(session=awaiting, at=DEADLINE)
    assert SessionEvent.objects.count() == events


def test_c6_credit_that_came_at_the_last_moment_keeps_the_booking(acme, awaiting):
    a_lot(acme.account, 40, at=DEADLINE - timedelta(seconds=1))

    assert jobs.release_unpaid(at=DEADLINE) == 1
    assert states() == [State.SCHEDULED]


def test_c6_a_scheduled_booking_is_never_released(cast, acme):
    book(cast, acme, credit=60)

    assert jobs.release_unpaid(at=TUESDAY) == 0
    assert states() == [State.SCHEDULED]


def test_c6_a_release_tells_both_sides(cast, awaiting):
    jobs.release_unpaid(at=DEADLINE)

    told = mails("Given up, Tue 24 Nov 09:00: Disk is full")
    assert set(told) == {"rolf", "anna", "tessa", "max"}
    assert "It costs nothing." in told["rolf"]


def test_r2_released_time_is_open_again(cast, acme, borealis, awaiting):
    jobs.release_unpaid(at=DEADLINE)

    assert crew_names(book(cast, borealis, credit=60, technician=cast.tessa, at=DEADLINE)) == ["Tessa"]
