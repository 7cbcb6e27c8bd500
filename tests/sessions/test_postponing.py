"""Moving a session at the client's wish (rules C6, C10, R2)."""

from datetime import timedelta

import pytest

from credits.ledger import EntryKind
from sessions import changes, crew
from sessions.bookings import SlotTaken, TooFarAhead, TooSoon
from sessions.changes import AlreadyThen, CostChanged
from sessions.life import SessionMovedOn
from sessions.models import PenaltyKind, Session, SessionTerms, State
from sessions.models.sessions import EventKind
from tests.cast import NOON
from tests.sessions.booked import TUESDAY, book, crew_names, figures, hold_of, mails
from tests.sessions.changing import CUT_OFF, HOUR, LATE, WEDNESDAY, cancel, last_facts, postings, postpone
from tests.sessions.factories import a_lot


@pytest.fixture
def session(cast, acme):
    """An hour on Tuesday at nine, of eight hours' credit."""
    return book(cast, acme, credit=480)


# Postponing.


def test_c10_postponing_in_time_is_free_and_agrees_a_new_start(session, acme):
    postponed = postpone(session, acme, at=CUT_OFF)

    postponed.refresh_from_db()
    assert (postponed.state, postponed.starts_at, postponed.ends_at) == (State.SCHEDULED, WEDNESDAY, WEDNESDAY + HOUR)
    assert (postponed.start_number, postponed.agreed_at) == (2, CUT_OFF)
    assert (figures(acme.account), postings(acme.account)) == ((420, 60, 0), [])
    assert last_facts(session, EventKind.POSTPONED) == {
        "start": 1,
        "was": TUESDAY.isoformat(),
        "starts_at": WEDNESDAY.isoformat(),
        "minutes": 0,
        "credited_minutes": 0,
    }


def test_r2_a_postponement_gives_up_the_old_time_and_keeps_the_technician(cast, acme):
    session = book(cast, acme, credit=480, technician=cast.theo)

    postpone(session, acme)

    assert crew_names(session) == ["Theo"]
    assert [reservation.blocked_from for reservation in session.reservations.filter(live=True)] == [WEDNESDAY]
    assert session.reservations.filter(live=False).count() == 1


def test_r2_a_postponement_may_overlap_its_own_old_time(session, acme):
    postponed = postpone(session, acme, to=TUESDAY + timedelta(minutes=30))

    assert (postponed.starts_at, crew_names(session)) == (TUESDAY + timedelta(minutes=30), ["Tessa"])


def test_r2_another_technician_takes_over_where_the_first_is_busy(cast, acme, borealis):
    session = book(cast, acme, credit=480, technician=cast.tessa)
    book(cast, borealis, credit=480, technician=cast.tessa, starts_at=WEDNESDAY)

    postpone(session, acme)

    assert crew_names(session) == ["Theo"]
    assert set(mails("Moved to")) == {"rolf", "theo"}
    assert set(mails("You are no longer invited")) == {"tessa"}


def test_r2_who_had_only_the_old_time_is_no_longer_of_the_crew(cast, acme):
    a_lot(acme.account, 480)
    book(cast, acme, technician=cast.tessa, starts_at=TUESDAY + 2 * HOUR)
    session = book(cast, acme, technician=cast.tessa, estimate_minutes=120)

    moved = postpone(session, acme, to=TUESDAY + HOUR)
    cancelled = cancel(moved, acme, at=NOON)

    assert [technician.pk for technician in crew.crew(cancelled)] == [cast.theo.pk]


def test_c10_postponing_late_costs_two_hours_and_keeps_the_cover(session, acme):
    postponed = postpone(session, acme, shown=120, at=LATE)

    assert postings(acme.account) == [(EntryKind.LATE_CHANGE, -120, f"session:{session.pk}:start:1:late")]
    assert (postponed.state, hold_of(postponed).covered_minutes, figures(acme.account)) == (State.SCHEDULED, 60, (300, 60, 0))


def test_c10_after_a_penalty_the_booking_may_await_a_top_up(cast, acme):
    session = book(cast, acme, credit=130)

    postponed = postpone(session, acme, shown=120, at=LATE)

    postponed.refresh_from_db()
    assert (postponed.state, postponed.start_number, postponed.agreed_at) == (State.AWAITING_TOP_UP, 2, None)
    assert postponed.top_up_by == WEDNESDAY - 24 * HOUR
    assert figures(acme.account) == (10, 0, 0)
    assert last_facts(session, EventKind.AWAITING_TOP_UP) == {"missing_minutes": 50}
    assert "free until the credit for it is there" in mails("Moved to Wed 25 Nov 09:00: Disk is full")["rolf"]
    assert set(mails("50 min of credit is missing")) == {"rolf", "anna"}


def test_c10_each_agreed_start_is_sanctioned_once(session, acme):
    moved = postpone(session, acme, shown=120, at=LATE)
    postpone(moved, acme, to=WEDNESDAY + HOUR, shown=120, at=WEDNESDAY - HOUR)

    assert [cause for _, _, cause in postings(acme.account)] == [f"session:{session.pk}:start:{number}:late" for number in (1, 2)]
    assert figures(acme.account) == (180, 60, 0)


def test_c10_who_accepted_the_cost_of_one_start_does_not_pay_for_the_next(session, acme):
    read_before = Session.objects.get(pk=session.pk)
    postpone(session, acme, to=TUESDAY + HOUR, shown=120, at=LATE)

    for change in (lambda: postpone(read_before, acme, shown=120, at=LATE), lambda: cancel(read_before, acme, shown=120, at=LATE)):
        with pytest.raises(SessionMovedOn):
            change()

    assert [cause for _, _, cause in postings(acme.account)] == [f"session:{session.pk}:start:1:late"]


def test_c10_moving_a_booking_that_awaits_is_free_and_no_agreed_start(cast, acme):
    session = book(cast, acme, at=TUESDAY - 3 * HOUR)

    moved = postpone(session, acme, at=TUESDAY - 2 * HOUR)

    assert (moved.state, moved.start_number, moved.agreed_at) == (State.AWAITING_TOP_UP, 1, None)
    assert (moved.starts_at, moved.top_up_by) == (WEDNESDAY, WEDNESDAY - 24 * HOUR)


def test_c10_moving_earlier_is_a_kind_of_its_own(cast, acme):
    SessionTerms.objects.update(penalty_kinds=["postpone", "cancel", "no_show"])
    session = book(cast, acme, credit=480, starts_at=TUESDAY + 4 * HOUR)
    at = TUESDAY - 2 * HOUR

    earlier, later = (changes.kind_of_move(session=session, starts_at=start) for start in (TUESDAY, WEDNESDAY))
    postpone(session, acme, to=TUESDAY, at=at)

    assert (earlier, later) == (PenaltyKind.EARLIER, PenaltyKind.POSTPONE)
    assert figures(acme.account) == (420, 60, 0)


def test_c10_moving_earlier_costs_where_it_is_sanctioned(cast, acme):
    session = book(cast, acme, credit=480, starts_at=TUESDAY + 4 * HOUR)

    postpone(session, acme, to=TUESDAY, shown=120, at=TUESDAY - 2 * HOUR)

    assert figures(acme.account) == (300, 60, 0)


def test_c10_a_cost_that_was_not_shown_moves_nothing(session, acme):
    with pytest.raises(CostChanged):
        postpone(session, acme, at=LATE)

    session.refresh_from_db()
    assert (session.starts_at, session.start_number, figures(acme.account)) == (TUESDAY, 1, (420, 60, 0))


def test_r2_a_taken_time_moves_and_costs_nothing(cast, acme, borealis, session):
    for _ in range(2):
        book(cast, borealis, credit=480, starts_at=WEDNESDAY)

    with pytest.raises(SlotTaken) as refused:
        postpone(session, acme, shown=120, at=LATE)

    assert len(refused.value.nearest) == 6
    session.refresh_from_db()
    assert (session.starts_at, crew_names(session), figures(acme.account)) == (TUESDAY, ["Tessa"], (420, 60, 0))


@pytest.mark.parametrize(
    ("start", "refusal"), [(TUESDAY, AlreadyThen), (NOON + timedelta(minutes=59), TooSoon), (NOON + timedelta(days=61), TooFarAhead)]
)
def test_r2_a_postponement_needs_a_time_that_can_be_booked(session, acme, start, refusal):
    with pytest.raises(refusal):
        postpone(session, acme, to=start)


def test_c6_postponing_a_session_that_was_allowed_to_start_uncovered_asks_for_cover_again(cast, acme):
    session = book(cast, acme, credit=20)
    changes.allow_start(session=session, by=cast.max, at=NOON, reason="Outage")

    postponed = postpone(session, acme)

    assert (postponed.state, figures(acme.account)) == (State.AWAITING_TOP_UP, (20, 0, 0))
