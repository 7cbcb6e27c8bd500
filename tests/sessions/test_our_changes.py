"""Our own changes, outages, and word of all of it (rules C6, C10, M4)."""

from datetime import timedelta

import pytest
from djmoney.money import Money

from clients.models import StaffDuty, StaffRole
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits.ledger import EntryKind, HoldState, Lot, LotSource
from sessions import changes, consents, no_shows
from sessions.bookings import TooSoon
from sessions.changes import AlreadyThen, CostChanged
from sessions.life import SessionMovedOn
from sessions.models import PenaltyKind, SessionTerms, State
from sessions.models.sessions import EventKind
from sessions.quotes import Quote
from tests.cast import NOON, a_colleague
from tests.sessions.banded import AFTERNOON, an_evening
from tests.sessions.booked import TUESDAY, book, crew_names, figures, hold_of, mails
from tests.sessions.changing import CUT_OFF, HOUR, LATE, WEDNESDAY, cancel, last_facts, postings, postpone


@pytest.fixture
def session(cast, acme):
    """An hour on Tuesday at nine, of eight hours' credit."""
    return book(cast, acme, credit=480)


def agree_to(session, minutes, cast, acme):
    """Tessa asks for more time before it is worked, and Anna agrees."""
    asked = consents.ask_consent(session=session, minutes=minutes, reason="It is bigger", by=cast.tessa.person, at=NOON)
    consents.give_consent(consent=asked, by=acme.approver, at=NOON)
    session.refresh_from_db()


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


@pytest.mark.parametrize(("credit", "held"), [(480, 240), (180, 180)])
def test_c8_what_was_agreed_beyond_the_estimate_stays_held_whoever_moves(cast, acme, credit, held):
    session = book(cast, acme, credit=credit)
    agree_to(session, 240, cast, acme)

    moved = changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=cast.max, at=NOON, reason="Tessa is ill")
    after_ours = figures(acme.account)
    moved = postpone(moved, acme, to=WEDNESDAY + HOUR, shown_held=240)

    assert (after_ours, figures(acme.account)) == ((credit - held, held, 0), (credit - held, held, 0))
    assert (moved.state, hold_of(moved).minutes) == (State.SCHEDULED, 240)


def test_c17_what_was_agreed_follows_the_factor_and_the_quote_says_so(cast, acme):
    an_evening(200)
    session = book(cast, acme, credit=600)
    agree_to(session, 240, cast, acme)

    told = changes.quote(session=session, kind=PenaltyKind.POSTPONE, at=NOON, starts_at=AFTERNOON)
    late = postpone(session, acme, to=AFTERNOON, shown_held=told.held_minutes)
    after_theirs = hold_of(late).minutes
    back = changes.move_by_provider(session=late, starts_at=WEDNESDAY, by=cast.max, at=NOON, reason="Tessa is ill")

    assert (told.raw_minutes, told.held_minutes, told.left_minutes, told.covered) == (240, 480, 120, True)
    assert (after_theirs, hold_of(back).minutes, figures(acme.account)) == (480, 240, (360, 240, 0))


def test_c5_of_what_was_agreed_the_estimate_is_held_whole_and_the_rest_as_far_as_credit_is_left(cast, acme):
    an_evening(200)
    session = book(cast, acme, credit=300)
    agree_to(session, 240, cast, acme)

    told = changes.quote(session=session, kind=PenaltyKind.POSTPONE, at=NOON, starts_at=AFTERNOON)
    moved = postpone(session, acme, to=AFTERNOON, shown_held=told.held_minutes)

    assert (told.held_minutes, told.left_minutes, told.covered) == (480, 0, True)
    assert (moved.state, hold_of(moved).minutes, hold_of(moved).covered_minutes) == (State.SCHEDULED, 480, 300)


def test_c10_our_late_move_grants_two_hours_for_nothing(cast, acme, session):
    changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=cast.max, at=LATE, reason="Tessa is ill")

    lot = Lot.objects.get(source=LotSource.OUR_LATE_CHANGE)
    assert (lot.granted_minutes, lot.total_price, lot.reason) == (120, Money(0, "SEK"), "Tessa is ill")
    assert postings(acme.account) == [(EntryKind.GRANT, 120, f"session:{session.pk}:start:1:ours")]
    assert last_facts(session, EventKind.MOVED)["credited_minutes"] == 120


def test_c10_after_our_move_the_clients_own_move_is_bound_again(cast, acme, session):
    moved = changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=cast.max, at=NOON, reason="Tessa is ill")
    again = postpone(moved, acme, to=WEDNESDAY + HOUR, at=WEDNESDAY - HOUR)

    assert (again.free_change, again.start_number) == (False, 3)
    with pytest.raises(CostChanged):
        cancel(again, acme, at=WEDNESDAY - HOUR)


def test_c10_we_may_move_within_our_own_lead_but_not_into_the_past(cast, acme, session):
    at = TUESDAY - 2 * HOUR
    moved = changes.move_by_provider(session=session, starts_at=TUESDAY - HOUR, by=cast.max, at=TUESDAY - HOUR, reason="Earlier")

    assert moved.starts_at == TUESDAY - HOUR
    with pytest.raises(TooSoon):
        changes.move_by_provider(session=moved, starts_at=at, by=cast.max, at=at + timedelta(minutes=1), reason="Earlier")


def test_c10_the_same_move_of_ours_twice_moves_and_grants_once(cast, acme, session):
    at, to = TUESDAY - 20 * HOUR, TUESDAY + HOUR
    moved = changes.move_by_provider(session=session, starts_at=to, by=cast.max, at=at, reason="Tessa is ill")

    with pytest.raises(SessionMovedOn):
        changes.move_by_provider(session=session, starts_at=to, by=cast.max, at=at, reason="Tessa is ill")
    with pytest.raises(AlreadyThen):
        changes.move_by_provider(session=moved, starts_at=to, by=cast.max, at=at, reason="Tessa is ill")

    assert postings(acme.account) == [(EntryKind.GRANT, 120, f"session:{session.pk}:start:1:ours")]


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

    moved = changes.move_by_provider(session=session, starts_at=WEDNESDAY, by=dispatcher, at=NOON, reason="Ill")

    assert changes.call_off(session=moved, by=dispatcher, at=NOON, reason="Ill").state == State.CANCELLED


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
