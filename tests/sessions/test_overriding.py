"""What staff may do with a reason and clients may not: sooner than the lead, further ahead than the limit (rule R2).

And what is refused to everybody, in so many words.
"""

from datetime import timedelta

import pytest

from clients.models import StaffDuty, StaffRole
from core.reasons import ReasonTooLong
from sessions import changes
from sessions.bookings import NotAllowed, OffGrid, OffStep, RequestMismatch, SlotTaken, TooFarAhead, TooLong, TooSoon, WrongAccount
from sessions.models import Session
from tests.cast import NOON, a_colleague, at_stockholm
from tests.sessions.booked import TUESDAY, book, crew_names, figures, trace
from tests.sessions.factories import a_lot

HOUR = timedelta(hours=1)
SOON = at_stockholm(2026, 11, 18, 12, 30)  # half an hour after NOON, where an hour is the shortest lead
FAR = at_stockholm(2027, 11, 23, 9)  # a Tuesday a year later, where sixty days are planned
WHY = "The disk is full now"


@pytest.mark.parametrize(("start", "refusal"), [(SOON, TooSoon), (FAR, TooFarAhead)])
def test_r2_staff_book_beyond_the_limits_with_a_reason_that_is_kept(cast, acme, start, refusal):
    with pytest.raises(refusal):
        book(cast, acme, credit=60, by=cast.max, starts_at=start)

    session = book(cast, acme, by=cast.max, starts_at=start, override_reason=f" {WHY} ")

    assert (session.starts_at, crew_names(session)) == (start, ["Tessa"])
    assert trace(session)[0] == ("booked", cast.max, WHY)


def test_r2_the_limits_hold_for_clients_whatever_they_say(cast, acme):
    a_lot(acme.account, 60)

    for person in (acme.requester, acme.approver):
        with pytest.raises(NotAllowed):
            book(cast, acme, by=person, starts_at=SOON, override_reason=WHY)

    assert not Session.objects.exists()
    assert figures(acme.account) == (60, 0, 0)


def test_r2_who_may_not_book_for_a_client_may_not_with_a_reason(cast, acme):
    dispatcher = a_colleague("Dora", StaffDuty.DISPATCHER)

    for person in (dispatcher, cast.tessa.person, a_colleague("Moa", StaffDuty.ACCOUNT_MANAGER)):
        with pytest.raises(WrongAccount):
            book(cast, acme, by=person, starts_at=SOON, override_reason=WHY)


def test_r2_a_dispatcher_who_may_book_may_override(cast, acme):
    StaffRole.objects.create(person=acme.requester, duty=StaffDuty.DISPATCHER)

    assert book(cast, acme, credit=60, starts_at=SOON, override_reason=WHY).starts_at == SOON


@pytest.mark.parametrize(
    ("start", "refusal"),
    [(NOON - HOUR / 2, TooSoon), (NOON + timedelta(days=731), TooFarAhead), (NOON + timedelta(days=9000), TooFarAhead)],
)
def test_r2_nobody_books_the_past_or_years_ahead(cast, acme, start, refusal):
    with pytest.raises(refusal):
        book(cast, acme, credit=60, by=cast.max, starts_at=start, override_reason=WHY)


def test_r2_a_reason_does_not_open_a_time_that_is_closed(cast, acme):
    with pytest.raises(SlotTaken) as refused:
        book(cast, acme, by=cast.max, starts_at=at_stockholm(2027, 11, 23, 19), override_reason=WHY)

    assert {slot.starts_at.year for slot in refused.value.nearest} == {2027}  # what is offered is beyond the limit too


def test_r2_a_reason_that_does_not_fit_is_refused(cast, acme):
    with pytest.raises(ReasonTooLong):
        book(cast, acme, by=cast.max, starts_at=SOON, override_reason="x" * 501)


def test_c14_the_same_form_with_another_reason_books_nothing_more(cast, acme):
    first = book(cast, acme, credit=60, by=cast.max, cause="form:o", starts_at=SOON, override_reason=WHY)

    assert book(cast, acme, by=cast.max, cause="form:o", starts_at=SOON, override_reason=WHY) == first
    with pytest.raises(RequestMismatch):
        book(cast, acme, by=cast.max, cause="form:o", starts_at=SOON, override_reason="Another")


def test_r2_our_move_goes_beyond_what_is_planned_but_not_two_years(cast, acme):
    session = book(cast, acme, credit=60)

    moved = changes.move_by_provider(session=session, starts_at=FAR, by=cast.max, at=NOON, reason="They rebuild")

    assert (moved.starts_at, trace(moved)[-1]) == (FAR, ("moved", cast.max, "They rebuild"))
    with pytest.raises(TooFarAhead):
        changes.move_by_provider(session=moved, starts_at=NOON + timedelta(days=731), by=cast.max, at=NOON, reason="Later")
    with pytest.raises(TooSoon):
        changes.move_by_provider(session=moved, starts_at=NOON - HOUR, by=cast.max, at=NOON, reason="Earlier")


# Refused to everybody.


@pytest.mark.parametrize("seconds", [7 * 60, 1, -1, 29 * 60])
def test_r2_a_start_off_the_grid_says_where_sessions_start(cast, acme, seconds):
    with pytest.raises(OffGrid, match="Sessions start every 30 min from midnight on") as refused:
        book(cast, acme, credit=60, starts_at=TUESDAY + timedelta(seconds=seconds))

    assert len(refused.value.nearest) == 6
    assert not Session.objects.exists()


@pytest.mark.parametrize("minutes", [7 * 24 * 60, 365 * 24 * 60, 30 * 10**12])
def test_r2_a_week_of_work_is_refused_with_what_is_possible(cast, acme, minutes):
    with pytest.raises(TooLong, match="A session can be 9 h at most"):
        book(cast, acme, credit=60, estimate_minutes=minutes)

    assert not Session.objects.exists()


def test_r2_an_estimate_of_nothing_is_refused_with_the_least(cast, acme):
    with pytest.raises(OffStep, match="An estimate is 30 min or a multiple of it"):
        book(cast, acme, estimate_minutes=0)


def test_r2_of_those_who_have_as_little_to_do_the_first_are_taken_whoever_asks_when(cast, acme):
    a_lot(acme.account, 960)

    crews = [crew_names(book(cast, acme, starts_at=TUESDAY + number * HOUR)) for number in range(4)]

    assert crews == [["Tessa"], ["Theo"], ["Tessa"], ["Theo"]]
