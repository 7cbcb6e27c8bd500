"""Changes before the work, their cost, and what we owe for ours (rules C6, C10)."""

from datetime import timedelta

import pytest
from djmoney.money import Money

from clients.models import StaffDuty, StaffRole
from core.errors import NotAllowed
from credits.ledger import Entry, EntryKind, HoldState, Lot, LotSource
from sessions import changes, no_shows
from sessions.bookings import SlotTaken, TooFarAhead, TooSoon
from sessions.changes import AlreadyThen, CostChanged
from sessions.life import ReasonMissing, SessionMovedOn
from sessions.models import PenaltyKind, Session, SessionTerms, State
from sessions.models.sessions import EventKind
from sessions.quotes import Quote
from tests.cast import NOON, a_colleague, at_stockholm
from tests.sessions.booked import TUESDAY, book, crew_names, figures, hold_of, mails

HOUR = timedelta(hours=1)
CUT_OFF = TUESDAY - 24 * HOUR
LATE = CUT_OFF + timedelta(seconds=1)
WEDNESDAY = TUESDAY + 24 * HOUR


@pytest.fixture
def session(cast, acme):
    """An hour on Tuesday at nine, of eight hours' credit."""
    return book(cast, acme, credit=480)


def cancel(session, acme, *, shown=0, at=NOON, **kwargs):
    return changes.cancel(session=session, shown_minutes=shown, by=acme.requester, at=at, **kwargs)


def postpone(session, acme, *, to=WEDNESDAY, shown=0, at=NOON, **kwargs):
    return changes.postpone(session=session, starts_at=to, shown_minutes=shown, by=acme.requester, at=at, **kwargs)


def postings(account):
    """Every entry but the grants a test began with: kind, minutes, cause."""
    return [(entry.kind, entry.minutes, entry.cause) for entry in Entry.objects.filter(account=account).order_by("number")[1:]]


def last_facts(session, kind):
    return session.events.filter(kind=kind).last().facts


# What a change would cost, said before.


def test_c10_in_time_a_change_is_free_and_the_cut_off_is_said(session):
    quote = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=CUT_OFF)

    assert quote == Quote(minutes=0, free_until=CUT_OFF, late=False, left_minutes=480)


def test_c10_late_it_costs_two_hours_and_what_would_be_left_is_said(session):
    cancelling = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=LATE)
    postponing = changes.quote(session=session, kind=PenaltyKind.POSTPONE, at=LATE)

    assert cancelling == Quote(minutes=120, free_until=CUT_OFF, late=True, left_minutes=360)
    assert postponing == Quote(minutes=120, free_until=CUT_OFF, late=True, left_minutes=300)


def test_c10_a_quote_says_when_the_penalty_would_be_owed(cast, acme):
    session = book(cast, acme, credit=70)

    cancelling = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=LATE)
    postponing = changes.quote(session=session, kind=PenaltyKind.POSTPONE, at=LATE)

    assert cancelling == Quote(minutes=120, free_until=CUT_OFF, late=True, left_minutes=0, owed_minutes=50)
    assert postponing == Quote(minutes=120, free_until=CUT_OFF, late=True, left_minutes=0, owed_minutes=50, covered=False)


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
    session = book(cast, acme, credit=480, at=booked_at)
    postpone(session, acme, to=TUESDAY + HOUR, at=booked_at)

    with pytest.raises(CostChanged, match="2 h"):
        cancel(session, acme, at=booked_at)


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
    assert set(mails("Moved to")) == {"rolf", "tessa", "theo"}


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
    postpone(session, acme, shown=120, at=LATE)
    postpone(session, acme, to=WEDNESDAY + HOUR, shown=120, at=WEDNESDAY - HOUR)

    assert [cause for _, _, cause in postings(acme.account)] == [f"session:{session.pk}:start:{number}:late" for number in (1, 2)]
    assert figures(acme.account) == (180, 60, 0)


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


# Our own changes.


def test_c10_our_move_costs_nothing_and_lets_the_client_change_free(cast, acme, session):
    moved = changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=cast.tessa.person, at=CUT_OFF, reason="I am ill")

    moved.refresh_from_db()
    assert (moved.starts_at, moved.start_number, moved.agreed_at, moved.free_change) == (WEDNESDAY, 2, CUT_OFF, True)
    assert (postings(acme.account), figures(acme.account)) == ([], (420, 60, 0))
    late = WEDNESDAY - HOUR
    assert changes.quote(session=moved, kind=PenaltyKind.CANCEL, at=late) == Quote(
        minutes=0, free_until=WEDNESDAY, late=False, left_minutes=480
    )
    assert cancel(moved, acme, at=late).state == State.CANCELLED


def test_c10_our_late_move_grants_two_hours_for_nothing(cast, acme, session):
    changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=cast.max, at=LATE, reason="Tessa is ill")

    lot = Lot.objects.get(source=LotSource.OUR_LATE_CHANGE)
    assert (lot.granted_minutes, lot.total_price, lot.reason) == (120, Money(0, "SEK"), "Tessa is ill")
    assert postings(acme.account) == [(EntryKind.GRANT, 120, f"session:{session.pk}:start:1:ours")]
    assert last_facts(session, EventKind.MOVED)["credited_minutes"] == 120


def test_c10_after_our_move_the_clients_own_move_is_bound_again(cast, acme, session):
    changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=cast.max, at=NOON, reason="Tessa is ill")
    again = postpone(session, acme, to=WEDNESDAY + HOUR, at=WEDNESDAY - HOUR)

    assert (again.free_change, again.start_number) == (False, 3)
    with pytest.raises(CostChanged):
        cancel(again, acme, at=WEDNESDAY - HOUR)


def test_c10_we_may_move_within_our_own_lead_but_not_into_the_past(cast, acme, session):
    at = TUESDAY - 2 * HOUR
    moved = changes.move_by_provider(session=session, starts_at=TUESDAY - HOUR, by=cast.max, at=TUESDAY - HOUR, reason="Earlier")

    assert moved.starts_at == TUESDAY - HOUR
    with pytest.raises(TooSoon):
        changes.move_by_provider(session=session, starts_at=at, by=cast.max, at=at + timedelta(minutes=1), reason="Earlier")


def test_c10_our_move_of_an_awaiting_booking_is_no_late_change(cast, acme):
    session = book(cast, acme, at=TUESDAY - 3 * HOUR)

    moved = changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=cast.max, at=TUESDAY - 2 * HOUR, reason="Ill")

    assert (moved.state, moved.start_number, figures(acme.account)) == (State.AWAITING_TOP_UP, 1, (0, 0, 0))


@pytest.mark.parametrize(("at", "granted"), [(CUT_OFF, 0), (LATE, 120), (TUESDAY + HOUR, 120)])
def test_c10_calling_off_is_free_and_late_it_grants_two_hours(cast, acme, session, at, granted):
    called_off = changes.call_off(session=session, by=cast.max, at=at, reason="Nobody can come")

    called_off.refresh_from_db()
    assert (called_off.state, hold_of(called_off).state) == (State.CANCELLED, HoldState.VOIDED)
    assert (figures(acme.account), crew_names(session)) == ((480 + granted, 0, 0), [])
    event = session.events.get(kind=EventKind.CALLED_OFF)
    assert (event.by, event.reason, event.facts["credited_minutes"]) == (cast.max, "Nobody can come", granted)


def test_c10_what_we_owe_for_lateness_is_a_setting(cast, acme):
    SessionTerms.objects.update(our_late_change_minutes=0)
    session = book(cast, acme, credit=480)

    changes.call_off(session=session, by=cast.max, at=LATE, reason="Ill")

    assert figures(acme.account) == (480, 0, 0)


def test_c10_a_dispatcher_moves_and_calls_off(cast, session):
    StaffRole.objects.create(person=cast.theo.person, duty=StaffDuty.DISPATCHER)
    dispatcher = type(cast.theo.person).objects.get(pk=cast.theo.person.pk)

    changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=dispatcher, at=NOON, reason="Ill")

    assert changes.call_off(session=session, by=dispatcher, at=NOON, reason="Ill").state == State.CANCELLED


@pytest.mark.parametrize("reason", ["", "  "])
def test_c10_we_say_why(cast, acme, session, reason):
    ours = {"session": session, "by": cast.max, "at": NOON, "reason": reason}

    for change in (lambda: changes.call_off(**ours), lambda: changes.move_by_provider(starts_at=WEDNESDAY, **ours)):
        with pytest.raises(ReasonMissing):
            change()


# Nobody of ours came.


@pytest.mark.parametrize(("minutes", "cost", "granted"), [(14, 120, 0), (15, 0, 120)])
def test_c10_a_quarter_of_an_hour_without_us_makes_cancelling_free_and_grants_two_hours(session, acme, minutes, cost, granted):
    at = TUESDAY + timedelta(minutes=minutes)

    quote = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=at)
    cancel(session, acme, shown=cost, at=at)

    assert (quote.minutes, quote.left_minutes) == (cost, 480 - cost + granted)
    assert figures(acme.account) == (480 - cost + granted, 0, 0)


def test_c10_that_we_did_not_come_is_said_in_the_clients_language(session, acme):
    cancel(session, acme, at=TUESDAY + HOUR)

    assert Lot.objects.get(source=LotSource.OUR_LATE_CHANGE).reason == "We were late to the session."


def test_c10_who_tried_to_call_the_client_was_there(cast, session):
    no_shows.attempt_call(session=session, by=cast.tessa.person, at=TUESDAY + timedelta(minutes=10), reason="No answer")

    assert changes.quote(session=session, kind=PenaltyKind.CANCEL, at=TUESDAY + timedelta(minutes=16)).minutes == 120


# An outage.


def test_c6_in_an_outage_the_account_manager_lets_a_session_start(cast, acme):
    session = book(cast, acme, credit=20)

    allowed = changes.allow_start(session=session, by=cast.max, at=NOON + HOUR, reason="Everything is down")

    allowed.refresh_from_db()
    assert (allowed.state, allowed.agreed_at, allowed.top_up_by) == (State.SCHEDULED, NOON + HOUR, None)
    assert (hold_of(allowed).state, hold_of(allowed).minutes, hold_of(allowed).covered_minutes) == (HoldState.PLACED, 60, 20)
    event = allowed.events.get(kind=EventKind.OUTAGE_RELEASE)
    assert (event.by, event.reason, event.facts) == (cast.max, "Everything is down", {"start": 1, "uncovered_minutes": 40})
    assert "40 min is not covered by credit" in mails("Settled for")["anna"]


def test_c6_nobody_else_lets_it_start(cast, acme):
    session = book(cast, acme)

    for person in (cast.tessa.person, acme.approver, cast.ada, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)):
        with pytest.raises(NotAllowed):
            changes.allow_start(session=session, by=person, at=NOON, reason="Outage")
    with pytest.raises(ReasonMissing):
        changes.allow_start(session=session, by=cast.max, at=NOON, reason="")


def test_c11_a_penalty_of_an_uncovered_session_is_owed(cast, acme):
    session = book(cast, acme, credit=20)
    changes.allow_start(session=session, by=cast.max, at=NOON, reason="Outage")

    cancel(session, acme, shown=120, at=LATE)

    assert figures(acme.account) == (0, 0, 100)


# Word to people.


def test_m4_a_late_cancellation_tells_its_cost_to_the_approver_too(session, acme):
    cancel(session, acme, shown=120, at=LATE, reason="Ill")

    told = mails("Cancelled, Tue 24 Nov 09:00: Disk is full")
    assert set(told) == {"rolf", "anna", "tessa"}
    assert "less than 24 h before the agreed start, so it costs 2 h of credit, as agreed." in told["anna"]
    assert "“Ill”" in told["tessa"]


def test_m4_a_change_by_a_colleague_reaches_who_booked(session, acme):
    changes.cancel(session=session, shown_minutes=0, by=acme.approver, at=NOON)

    assert set(mails("Cancelled")) == {"rolf", "anna", "tessa"}
    assert "It costs nothing." in mails("Cancelled")["rolf"]


def test_m4_our_late_move_says_sorry_in_credit(cast, session):
    changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=cast.max, at=LATE, reason="Tessa is ill")

    told = mails("We moved it to Wed 25 Nov 09:00")["rolf"]
    assert "from Tue 24 Nov 09:00 to Wed 25 Nov 09:00–10:00" in told
    assert "Because we were late, 2 h of credit has been added." in told
    assert "free until Wed 25 Nov 09:00." in told


def test_m4_calling_off_is_told(cast, session):
    changes.call_off(session=session, by=cast.max, at=LATE, reason="Nobody can come")

    told = mails("We had to cancel, Tue 24 Nov 09:00: Disk is full")
    assert set(told) == {"rolf", "anna", "tessa", "max"}
    assert "2 h of credit has been added." in told["rolf"]


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
    session = book(cast, acme, credit=480, starts_at=start, at=start - timedelta(days=20))

    cancel(session, acme, shown=cost, at=asked)

    assert figures(acme.account) == (480 - cost, 0, 0)
