"""Booking a session: a slot and its credit, both or neither (rules C5, C6, R1, R2, P3)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from djmoney.money import Money

from clients.models import Agreement, Membership, StaffDuty
from credits.ledger import HoldState
from sessions import bookings, reservations
from sessions.availability import Slot
from sessions.bookings import (
    NotAllowed,
    OffStep,
    PurposeWithdrawn,
    RequestMismatch,
    SlotTaken,
    TooFarAhead,
    TooLong,
    TooManyAwaiting,
    TooManyTechnicians,
    TooSoon,
    WrongAccount,
)
from sessions.models import AgreedTerms, Session, SessionTerms, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague, a_technician, at_stockholm
from tests.sessions.booked import TUESDAY, a_wish, book, crew_names, figures, hold_of, mails, trace

HOUR = timedelta(hours=1)


def test_c5_a_covered_booking_is_scheduled_and_its_estimate_held(cast, acme):
    session = book(cast, acme, credit=480, cause="form:1", description="It is /var", access_arranged=True)

    session.refresh_from_db()
    assert (session.state, session.starts_at, session.ends_at) == (State.SCHEDULED, TUESDAY, TUESDAY + HOUR)
    assert (session.agreed_at, session.start_number, session.top_up_by, session.free_change) == (NOON, 1, None, False)
    assert (session.requested_at, session.requested_by, session.cause) == (NOON, acme.requester, "form:1")
    assert (session.title, session.description, session.access_arranged) == ("Disk is full", "It is /var", True)
    assert (hold_of(session).state, hold_of(session).minutes, hold_of(session).covered_minutes) == (HoldState.PLACED, 60, 60)
    assert figures(acme.account) == (420, 60, 0)


def test_r6_a_booking_leaves_its_trace(cast, acme):
    session = book(cast, acme, credit=480)

    assert trace(session) == [(EventKind.BOOKED, acme.requester, ""), (EventKind.SCHEDULED, None, "")]


def test_r2_a_booking_takes_the_time_with_buffers_inside(cast, acme):
    cast.session_terms.buffer_before_minutes = 10
    cast.session_terms.buffer_after_minutes = 20
    cast.session_terms.save()

    session = book(cast, acme, credit=480)

    (reservation,) = session.reservations.all()
    assert reservation.blocked_from == TUESDAY - timedelta(minutes=10)
    assert reservation.blocked_until == TUESDAY + HOUR + timedelta(minutes=20)
    assert reservation.live


def test_c5_two_technicians_hold_twice_the_estimate(cast, acme):
    session = book(cast, acme, credit=480, technician_count=2)

    assert (crew_names(session), hold_of(session).minutes) == (["Tessa", "Theo"], 120)
    assert figures(acme.account) == (360, 120, 0)


def test_p3_the_terms_in_force_at_booking_stay_with_the_session(cast, acme):
    session = book(cast, acme, credit=480)

    SessionTerms.objects.update(notice_minutes=1, penalty_minutes=999, penalty_kinds=[])
    session.refresh_from_db()
    copied = {field.name: getattr(session, field.name) for field in AgreedTerms._meta.local_fields}
    assert copied == {field.name: getattr(cast.session_terms, field.name) for field in AgreedTerms._meta.local_fields}
    assert (session.rounding_step_minutes, session.rounding_mode, session.minimum_charge_minutes) == (10, "nearest", 0)
    assert (session.price_per_hour, session.vat_percent, session.factor_percent) == (Money(1200, "SEK"), Decimal(25), 100)
    assert hold_of(session).price_per_hour == Money(1200, "SEK")


@pytest.mark.parametrize(("word", "confirms"), [(True, True), (False, False)])
def test_c8_silence_confirms_only_where_the_agreement_in_force_says_so(cast, acme, word, confirms):
    Agreement.objects.update(silence_confirms=word)

    assert book(cast, acme, credit=480).silence_confirms is confirms


def test_c8_an_agreement_that_has_ended_says_nothing_any_more(cast, acme):
    Agreement.objects.update(silence_confirms=True, ends_on=NOON.date())
    Agreement.objects.create(organisation=acme.organisation, starts_on=NOON.date())

    assert book(cast, acme, credit=480).silence_confirms is False


# Who does it.


def test_r2_anybody_is_whoever_has_least_to_do_that_week(cast, acme):
    friday_before = at_stockholm(2026, 11, 20, 9)
    book(cast, acme, credit=960, technician=cast.theo, starts_at=friday_before, estimate_minutes=240)
    book(cast, acme, technician=cast.tessa, starts_at=TUESDAY + 24 * HOUR)

    assert crew_names(book(cast, acme)) == ["Theo"]


def test_r2_anybody_with_the_same_to_do_is_the_first_of_them(cast, acme):
    assert crew_names(book(cast, acme, credit=480)) == ["Tessa"]


def test_r2_a_technician_of_choice_does_it(cast, acme):
    assert crew_names(book(cast, acme, credit=480, technician=cast.theo)) == ["Theo"]


def test_r2_a_technician_of_choice_is_one_of_two(cast, acme):
    third = a_technician("Tim")

    assert crew_names(book(cast, acme, credit=480, technician=third, technician_count=2)) == ["Tessa", "Tim"]


def test_r2_the_second_booking_at_the_same_time_gets_the_other_technician(cast, acme, borealis):
    sessions = [book(cast, client, credit=480) for client in (acme, borealis)]

    assert [crew_names(session) for session in sessions] == [["Tessa"], ["Theo"]]


# Awaiting a top-up.


def test_c6_an_uncovered_booking_awaits_a_top_up_until_a_day_before(cast, acme):
    session = book(cast, acme, credit=20)

    session.refresh_from_db()
    assert (session.state, session.agreed_at) == (State.AWAITING_TOP_UP, None)
    assert session.top_up_by == TUESDAY - 24 * HOUR
    assert (hold_of(session).state, hold_of(session).covered_minutes) == (HoldState.WAITING, 0)
    assert crew_names(session) == ["Tessa"]
    assert figures(acme.account) == (20, 0, 0)


def test_c6_the_gap_is_exact(cast, acme):
    session = book(cast, acme, credit=20)

    awaiting = session.events.get(kind=EventKind.AWAITING_TOP_UP)
    assert awaiting.facts == {"missing_minutes": 40}


def test_c6_a_gap_counts_who_has_waited_longer(cast, acme):
    book(cast, acme, credit=20)

    second = book(cast, acme, starts_at=TUESDAY + 2 * HOUR, estimate_minutes=90, at=NOON + HOUR)

    assert second.events.get(kind=EventKind.AWAITING_TOP_UP).facts == {"missing_minutes": 130}


@pytest.mark.parametrize("hours_before", [24, 23, 2])
def test_c6_booked_later_than_the_deadline_waits_until_the_start(cast, acme, hours_before):
    session = book(cast, acme, at=TUESDAY - hours_before * HOUR)

    assert session.top_up_by == TUESDAY


def test_c6_booked_a_minute_before_the_deadline_waits_that_minute(cast, acme):
    session = book(cast, acme, at=TUESDAY - 24 * HOUR - timedelta(minutes=1))

    assert session.top_up_by == TUESDAY - 24 * HOUR


def test_c6_an_account_has_two_bookings_awaiting_at_most(cast, acme, borealis):
    for number in range(2):
        book(cast, acme, starts_at=TUESDAY + number * HOUR)

    with pytest.raises(TooManyAwaiting, match="2 bookings await") as refused:
        book(cast, acme, starts_at=TUESDAY + 2 * HOUR)

    assert refused.value.most == 2
    assert Session.objects.count() == 2
    assert book(cast, borealis).state == State.AWAITING_TOP_UP


def test_c6_a_covered_booking_is_not_stopped_by_those_that_wait(cast, acme):
    for number in range(2):
        book(cast, acme, starts_at=TUESDAY + number * HOUR, estimate_minutes=120, technician=(cast.tessa, cast.theo)[number])

    assert book(cast, acme, credit=60, starts_at=TUESDAY + 4 * HOUR).state == State.SCHEDULED


# The same form twice.


def test_c14_the_same_form_twice_books_once(cast, acme):
    first = book(cast, acme, credit=480, cause="form:7")

    again = book(cast, acme, cause="form:7")

    assert again == first
    assert (Session.objects.count(), figures(acme.account)) == (1, (420, 60, 0))


def test_c14_the_same_form_finds_its_booking_also_when_it_has_moved_on(cast, acme):
    first = book(cast, acme, credit=480, cause="form:7")
    Session.objects.update(state=State.CANCELLED, closed_at=NOON, starts_at=TUESDAY + HOUR, ends_at=TUESDAY + 2 * HOUR)

    assert book(cast, acme, cause="form:7") == first


def test_c14_the_same_form_with_another_wish_is_refused(cast, acme):
    book(cast, acme, credit=480, cause="form:7")

    with pytest.raises(RequestMismatch):
        book(cast, acme, cause="form:7", starts_at=TUESDAY + HOUR)


def test_c14_the_same_form_from_somebody_else_is_refused(cast, acme, borealis):
    book(cast, acme, credit=480, cause="form:7")

    for client, by in ((acme, acme.approver), (borealis, borealis.requester)):
        with pytest.raises(RequestMismatch):
            book(cast, client, cause="form:7", by=by)


# Refusals: nothing has changed.


@pytest.fixture
def nothing_changes(acme):
    yield
    assert Session.objects.count() == 0
    assert figures(acme.account) == (0, 0, 0)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("estimate", [0, -30, 45, 29])
def test_r2_estimates_go_in_steps(cast, acme, estimate):
    with pytest.raises(OffStep, match="30 min or a multiple of it"):
        book(cast, acme, estimate_minutes=estimate)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("technicians", [0, 3])
def test_c5_a_session_has_one_technician_or_two(cast, acme, technicians):
    with pytest.raises(TooManyTechnicians):
        book(cast, acme, technician_count=technicians)


@pytest.mark.usefixtures("nothing_changes")
def test_r1_a_purpose_must_be_offered(cast, acme):
    cast.purpose.offered = False
    cast.purpose.save()

    with pytest.raises(PurposeWithdrawn):
        book(cast, acme)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("at", [TUESDAY - timedelta(minutes=59), TUESDAY, TUESDAY + HOUR])
def test_r2_a_start_needs_its_lead(cast, acme, at):
    with pytest.raises(TooSoon) as refused:
        book(cast, acme, at=at)

    assert refused.value.earliest == at + HOUR


def test_r2_a_start_exactly_at_the_lead_is_taken(cast, acme):
    assert book(cast, acme, credit=60, at=TUESDAY - HOUR).state == State.SCHEDULED


@pytest.mark.usefixtures("nothing_changes")
def test_r2_sessions_are_planned_only_so_far_ahead(cast, acme):
    with pytest.raises(TooFarAhead):
        book(cast, acme, starts_at=NOON + timedelta(days=60))


@pytest.mark.usefixtures("nothing_changes")
def test_r2_a_start_off_the_grid_or_the_hours_is_not_open(cast, acme):
    for start in (TUESDAY + timedelta(minutes=10), at_stockholm(2026, 11, 24, 17), at_stockholm(2026, 11, 28, 9)):
        with pytest.raises(SlotTaken):
            book(cast, acme, starts_at=start)


@pytest.mark.usefixtures("nothing_changes")
def test_r2_longer_than_anybody_works_is_refused_with_what_is_possible(cast, acme):
    with pytest.raises(TooLong, match="9 h at most"):
        book(cast, acme, estimate_minutes=10 * 60)


def test_r2_a_taken_slot_offers_the_nearest_others(cast, acme, borealis):
    for _ in range(2):
        book(cast, borealis, credit=480)

    with pytest.raises(SlotTaken) as refused:
        book(cast, acme, credit=60)

    both = (cast.tessa.pk, cast.theo.pk)
    starts = [at_stockholm(2026, 11, 23, 15, 30), at_stockholm(2026, 11, 23, 16), at_stockholm(2026, 11, 24, 8)]
    starts += [at_stockholm(2026, 11, 24, 10), at_stockholm(2026, 11, 24, 10, 30), at_stockholm(2026, 11, 24, 11)]
    assert refused.value.nearest == [Slot(start, start + HOUR, both) for start in starts]
    assert figures(acme.account) == (60, 0, 0)


def test_r2_the_database_itself_refuses_an_overlap(cast, acme, borealis):
    book(cast, borealis, credit=480)
    other = book(cast, acme, credit=60, starts_at=TUESDAY + 3 * HOUR)
    slot = Slot(TUESDAY + timedelta(minutes=30), TUESDAY + 2 * HOUR, (cast.tessa.pk,))
    other.reservations.update(live=False)

    with pytest.raises(IntegrityError):
        reservations.reserve(session=other, technicians=[cast.tessa.pk], slot=slot)

    assert not other.reservations.filter(live=True).exists()


# Who may book.


def test_every_member_may_book(cast, acme):
    sessions = [book(cast, acme, credit=60, by=by) for by in (acme.requester, acme.approver)]

    assert [session.requested_by for session in sessions] == [acme.requester, acme.approver]


def test_the_account_manager_books_on_behalf_and_the_approver_is_told(cast, acme):
    session = book(cast, acme, credit=60, by=cast.max)

    assert session.requested_by == cast.max
    assert set(mails("Booked")) == {"anna", "tessa"}


def test_nobody_else_books(cast, acme, borealis):
    strangers = [borealis.requester, cast.tessa.person, cast.fia, cast.ada, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]
    for stranger in strangers:
        with pytest.raises(WrongAccount):
            book(cast, acme, by=stranger)
    assert issubclass(WrongAccount, NotAllowed)
    assert Session.objects.count() == 0


def test_who_left_the_client_books_no_more_not_even_by_an_old_form(cast, acme):
    book(cast, acme, credit=60, cause="form:7")
    Membership.objects.filter(person=acme.requester).delete()

    with pytest.raises(NotAllowed):
        bookings.request(
            account=acme.account, wish=a_wish(cast), cause="form:7", by=type(acme.requester).objects.get(pk=acme.requester.pk), at=NOON
        )


# Word to people.


def test_m4_a_booking_tells_who_booked_and_the_technician_with_the_cut_off(cast, acme):
    book(cast, acme, credit=60)

    told = mails("Booked for Tue 24 Nov 09:00: Disk is full")
    assert set(told) == {"rolf", "tessa"}
    assert "“Disk is full” for Acme is booked for Tue 24 Nov 09:00–10:00." in told["rolf"]
    assert "free until Mon 23 Nov 09:00." in told["rolf"]


def test_c6_a_missing_top_up_tells_the_approver_too_with_gap_and_deadline(cast, acme):
    book(cast, acme, credit=20)

    told = mails("40 min of credit is missing: Disk is full")
    assert set(told) == {"rolf", "anna"}
    assert "40 min of credit is missing. The time is yours until Mon 23 Nov 09:00." in told["anna"]
    technician = mails("Booked for")
    assert set(technician) == {"tessa"}
    assert "It still awaits a top-up: the time is kept until Mon 23 Nov 09:00." in technician["tessa"]


def test_p4_each_mail_is_in_its_readers_zone(cast, acme):
    acme.requester.time_zone = "Asia/Tokyo"
    acme.requester.save()

    book(cast, acme, credit=60)

    assert "booked for Tue 24 Nov 17:00–18:00" in mails("Booked")["rolf"]
