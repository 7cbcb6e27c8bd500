"""What a change costs, said before; cancelling; who may change what (rules C6, C10)."""

from datetime import timedelta

import pytest

from clients.models import StaffDuty
from core.errors import NotAllowed
from credits.ledger import Entry, EntryKind, HoldState
from sessions import changes
from sessions.changes import CostChanged
from sessions.life import SessionMovedOn
from sessions.models import PenaltyKind, Session, SessionTerms, State, Technician
from sessions.models.sessions import EventKind
from sessions.quotes import Quote
from tests.cast import NOON, a_colleague, at_stockholm
from tests.sessions.booked import TUESDAY, book, crew_names, figures, hold_of
from tests.sessions.changing import CUT_OFF, HOUR, LATE, WEDNESDAY, cancel, last_facts, postings, postpone


@pytest.fixture
def session(cast, acme):
    """An hour on Tuesday at nine, of eight hours' credit."""
    return book(cast, acme, credit=480)


# What a change would cost, said before.


def test_c10_in_time_a_change_is_free_and_the_cut_off_is_said(session):
    quote = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=CUT_OFF)

    assert quote == Quote(minutes=0, free_until=CUT_OFF, late=False, left_minutes=480)


def test_c10_late_it_costs_two_hours_and_what_would_be_left_is_said(session):
    cancelling = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=LATE)
    postponing = changes.quote(session=session, kind=PenaltyKind.POSTPONE, at=LATE)

    assert cancelling == Quote(minutes=120, free_until=CUT_OFF, late=True, left_minutes=360)
    assert postponing == Quote(minutes=120, free_until=CUT_OFF, late=True, left_minutes=300, held_minutes=60, raw_minutes=60)


def test_c10_a_quote_says_when_the_penalty_would_be_owed(cast, acme):
    session = book(cast, acme, credit=70)

    cancelling = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=LATE)
    postponing = changes.quote(session=session, kind=PenaltyKind.POSTPONE, at=LATE)

    assert cancelling == Quote(minutes=120, free_until=CUT_OFF, late=True, left_minutes=0, owed_minutes=50)
    owed = Quote(
        minutes=120, free_until=CUT_OFF, late=True, left_minutes=0, owed_minutes=50, covered=False, held_minutes=60, raw_minutes=60
    )
    assert postponing == owed


def test_c10_a_quote_counts_the_bookings_that_wait_for_the_freed_credit(cast, acme):
    session = book(cast, acme, credit=60)
    book(cast, acme, starts_at=TUESDAY + 2 * HOUR, estimate_minutes=30)

    assert changes.quote(session=session, kind=PenaltyKind.CANCEL, at=NOON).left_minutes == 30


@pytest.mark.parametrize("kind", PenaltyKind)
def test_c10_a_quote_comes_true(cast, acme, kind):
    session = book(cast, acme, credit=200)
    quote = changes.quote(session=session, kind=kind, at=LATE)

    if kind in (PenaltyKind.POSTPONE, PenaltyKind.EARLIER):
        postpone(session, acme, shown=quote.minutes, at=LATE)
    else:
        cancel(session, acme, shown=quote.minutes, at=LATE)

    assert figures(acme.account)[0] == quote.left_minutes


# Cancelling.


def test_c10_cancelling_exactly_a_day_before_is_free(session, acme):
    cancelled = cancel(session, acme, at=CUT_OFF, reason="Solved by itself")

    cancelled.refresh_from_db()
    assert (cancelled.state, cancelled.closed_at, hold_of(cancelled).state) == (State.CANCELLED, CUT_OFF, HoldState.VOIDED)
    assert (figures(acme.account), crew_names(session), postings(acme.account)) == ((480, 0, 0), [], [])
    event = cancelled.events.get(kind=EventKind.CANCELLED)
    assert (event.by, event.at, event.reason, event.facts["minutes"]) == (acme.requester, CUT_OFF, "Solved by itself", 0)


def test_c10_cancelling_a_second_later_costs_two_hours_posted_at_once(session, acme):
    cancel(session, acme, shown=120, at=LATE)

    assert postings(acme.account) == [(EntryKind.LATE_CHANGE, -120, f"session:{session.pk}:start:1:late")]
    assert figures(acme.account) == (360, 0, 0)
    assert last_facts(session, EventKind.CANCELLED)["minutes"] == 120


def test_c10_a_penalty_says_what_it_was_for(session, acme):
    cancel(session, acme, shown=120, at=LATE, reason="Ill")

    entry = Entry.objects.get(kind=EntryKind.LATE_CHANGE)
    assert (entry.text, entry.reason, entry.by, entry.hold_id) == ("Disk is full", "Ill", acme.requester, session.hold_id)


def test_c11_a_penalty_beyond_the_credit_becomes_debt(cast, acme):
    cancel(book(cast, acme, credit=70), acme, shown=120, at=LATE)

    assert figures(acme.account) == (0, 0, 50)


def test_c10_a_penalty_uses_its_own_hold_first(cast, acme):
    other = book(cast, acme, credit=120, starts_at=TUESDAY + 3 * HOUR)
    session = book(cast, acme)

    cancel(session, acme, shown=120, at=LATE)

    other.refresh_from_db()
    assert (other.state, hold_of(other).covered_minutes) == (State.SCHEDULED, 60)
    assert figures(acme.account) == (0, 60, 60)


@pytest.mark.parametrize(("shown", "at", "cost"), [(0, LATE, 120), (60, LATE, 120), (120, CUT_OFF, 0)])
def test_c10_another_cost_than_was_shown_does_nothing(session, acme, shown, at, cost):
    with pytest.raises(CostChanged) as refused:
        cancel(session, acme, shown=shown, at=at)

    assert refused.value.minutes == cost
    session.refresh_from_db()
    assert (session.state, crew_names(session), figures(acme.account)) == (State.SCHEDULED, ["Tessa"], (420, 60, 0))


def test_c10_the_new_cost_is_in_the_refusal():
    assert str(CostChanged(120)).startswith("The cost has changed: this would cost 2 h now.")
    assert str(CostChanged(0)).startswith("This change is free now.")


def test_c10_a_kind_that_is_not_sanctioned_is_free_even_late(cast, acme):
    SessionTerms.objects.update(penalty_kinds=["postpone"])
    session = book(cast, acme, credit=480)

    quote = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=LATE)
    cancel(session, acme, at=LATE)

    assert (quote.minutes, quote.late, figures(acme.account)) == (0, True, (480, 0, 0))


@pytest.mark.parametrize(("estimate", "technicians", "cost"), [(30, 1, 30), (60, 2, 120), (240, 1, 120)])
def test_c10_the_penalty_can_be_capped_at_the_estimate(cast, acme, estimate, technicians, cost):
    SessionTerms.objects.update(penalty_capped_at_estimate=True)
    session = book(cast, acme, credit=480, estimate_minutes=estimate, technician_count=technicians)

    cancel(session, acme, shown=cost, at=LATE)

    assert figures(acme.account) == (480 - cost, 0, 0)


def test_c10_a_booking_awaiting_a_top_up_is_cancelled_free(cast, acme):
    session = book(cast, acme, at=TUESDAY - 3 * HOUR)

    quote = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=TUESDAY - HOUR)
    cancelled = cancel(session, acme, at=TUESDAY - HOUR)

    assert quote == Quote(minutes=0, free_until=None, late=False, left_minutes=0)
    assert (cancelled.state, figures(acme.account)) == (State.CANCELLED, (0, 0, 0))


@pytest.mark.parametrize(("minutes", "cost"), [(0, 0), (30, 0), (31, 120)])
def test_c10_a_booking_made_inside_the_notice_can_be_undone_for_half_an_hour(cast, acme, minutes, cost):
    booked_at = TUESDAY - 3 * HOUR
    session = book(cast, acme, credit=480, at=booked_at)
    at = booked_at + timedelta(minutes=minutes)

    quote = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=at)
    cancel(session, acme, shown=cost, at=at)

    assert (quote.minutes, quote.free_until) == (cost, booked_at + timedelta(minutes=30))


def test_c10_undoing_is_for_the_first_agreed_start_only(cast, acme):
    booked_at = TUESDAY - 3 * HOUR
    moved = postpone(book(cast, acme, credit=480, at=booked_at), acme, to=TUESDAY + HOUR, at=booked_at)

    with pytest.raises(CostChanged, match="2 h"):
        cancel(moved, acme, at=booked_at)


def test_c10_a_booking_made_exactly_at_the_notice_has_no_undo(cast, acme):
    session = book(cast, acme, credit=480, at=CUT_OFF)

    assert changes.quote(session=session, kind=PenaltyKind.CANCEL, at=LATE).minutes == 120


def test_c10_a_session_that_was_not_begun_can_be_cancelled_late_after_its_start(session, acme):
    cancelled = cancel(session, acme, shown=120, at=TUESDAY + timedelta(minutes=14))

    assert cancelled.state == State.CANCELLED


def test_p3_the_penalty_is_the_one_agreed_at_booking(session, acme):
    SessionTerms.objects.update(notice_minutes=0, penalty_minutes=5)

    with pytest.raises(CostChanged, match="2 h"):
        cancel(session, acme, shown=5, at=LATE)


def test_c6_what_a_cancellation_frees_schedules_the_oldest_that_fits(cast, acme):
    session = book(cast, acme, credit=60)
    waiting = book(cast, acme, starts_at=TUESDAY + 2 * HOUR, at=NOON + HOUR)

    cancel(session, acme, at=NOON + 2 * HOUR)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.agreed_at) == (State.SCHEDULED, NOON + 2 * HOUR)


# Who may, and when.


def test_only_members_postpone_and_cancel(cast, acme, borealis, session):
    for stranger in (borealis.approver, cast.max, cast.tessa.person, cast.ada):
        with pytest.raises(NotAllowed):
            changes.cancel(session=session, shown_minutes=0, by=stranger, at=NOON)
        with pytest.raises(NotAllowed):
            changes.postpone(session=session, starts_at=WEDNESDAY, shown_minutes=0, by=stranger, at=NOON)


def test_only_those_concerned_of_ours_move_and_call_off(cast, acme, borealis, session):
    for stranger in (borealis.approver, acme.approver, cast.theo.person, cast.fia, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)):
        with pytest.raises(NotAllowed):
            changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=stranger, at=NOON, reason="Ill")
        with pytest.raises(NotAllowed):
            changes.call_off(session=session, by=stranger, at=NOON, reason="Ill")


@pytest.mark.parametrize("state", [State.CANCELLED, State.IN_PROGRESS, State.RELEASED])
def test_r6_a_session_that_moved_on_is_changed_no_more(cast, acme, session, state):
    closed = NOON if state != State.IN_PROGRESS else None
    Session.objects.update(state=state, closed_at=closed, started_at=NOON)
    ours = {"session": session, "by": cast.max, "at": NOON, "reason": "Ill"}

    for change in (
        lambda: cancel(session, acme),
        lambda: postpone(session, acme),
        lambda: changes.call_off(**ours),
        lambda: changes.move_by_provider(starts_at=WEDNESDAY, **ours),
        lambda: changes.allow_start(**ours),
    ):
        with pytest.raises(SessionMovedOn):
            change()


def test_r6_the_same_cancellation_twice_costs_once(session, acme):
    cancel(session, acme, shown=120, at=LATE)

    with pytest.raises(SessionMovedOn):
        cancel(session, acme, shown=120, at=LATE)

    assert figures(acme.account) == (360, 0, 0)


# The worked examples over a clock change, booked and cancelled for real.


@pytest.mark.parametrize(
    ("start", "asked", "cost"),
    [
        (at_stockholm(2026, 11, 24, 9), at_stockholm(2026, 11, 23, 9), 0),
        (at_stockholm(2026, 11, 24, 9), at_stockholm(2026, 11, 23, 9, 1), 120),
        (at_stockholm(2026, 10, 26, 9), at_stockholm(2026, 10, 25, 9), 0),
        (at_stockholm(2027, 3, 29, 9), at_stockholm(2027, 3, 28, 9, 0, 1), 120),
    ],
)
def test_c10_worked_examples_booked_and_cancelled(cast, acme, start, asked, cost):
    Technician.objects.update(country="US")  # the last of these days is Easter Monday in Sweden
    session = book(cast, acme, credit=480, starts_at=start, at=start - timedelta(days=20))

    cancel(session, acme, shown=cost, at=asked)

    assert figures(acme.account) == (480 - cost, 0, 0)
