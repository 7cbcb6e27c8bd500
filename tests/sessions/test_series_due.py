"""Each date of a series is booked when its time has come, or passed over once (rules C5, C6, C16, P5, R2, W5)."""

from datetime import date, time, timedelta

import pytest

from clients.models import Agreement, Membership
from credits.accounts import CreditAccount
from notices.models import Notice
from sessions import changes, series, series_due
from sessions.bookings import Wish, request
from sessions.models import PassedOver, Reservation, Series, Session, Why
from tests.approving import a_member, only
from tests.cast import NOON, STOCKHOLM, at_stockholm
from tests.sessions.booked import book, figures, mails
from tests.sessions.factories import a_lot
from tests.sessions.recurring import DECEMBER, FEBRUARY, FIRST, JANUARY, SECOND, a_series

pytestmark = pytest.mark.django_db
A_DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SECOND_DUE = SECOND - 30 * A_DAY


def booked():
    """The dates that are booked, each with the state of its session."""
    return [(session.series_on, session.state) for session in Session.objects.exclude(series=None).order_by("series_on")]


def passed():
    """The dates that were passed over, and why."""
    return [(over.on, over.reason) for over in PassedOver.objects.order_by("on")]


def take_everybody(cast, client, starts_at):
    """Nobody is free at `starts_at` any more."""
    a_lot(client.account, 240, at=NOON)
    book(cast, client, starts_at=starts_at, technician_count=2)


def test_c5_a_date_is_booked_by_its_maker_with_a_hold_of_its_own_when_its_time_has_come(cast, acme):
    a_lot(acme.account, 480)
    begun = a_series(cast, acme)

    assert series_due.book_due(at=NOON) == 1

    session = Session.objects.get()
    assert (session.series, session.series_on, session.starts_at, session.requested_by) == (begun, DECEMBER, FIRST, acme.requester)
    assert (session.title, session.state, session.cause) == ("Maintenance", "scheduled", f"series:{begun.pk}:2026-12-01")
    assert figures(acme.account) == (420, 60, 0)
    mail = mails("Booked for Tue 1 Dec 09:00: Maintenance")
    assert set(mail) == {"rolf", "tessa"}
    assert "It is part of a series: “Maintenance”, the first Tuesday of each month." in mail["rolf"]


def test_c5_credit_is_not_held_a_minute_before_the_setting_says(cast, acme):
    a_lot(acme.account, 480)
    a_series(cast, acme)
    series_due.book_due(at=NOON)

    assert series_due.book_due(at=SECOND_DUE - timedelta(minutes=1)) == 0
    assert figures(acme.account) == (420, 60, 0)
    assert series_due.book_due(at=SECOND_DUE) == 1
    assert figures(acme.account) == (360, 120, 0)


def test_r2_a_date_is_booked_once_however_often_the_job_runs(cast, acme):
    a_lot(acme.account, 480)
    a_series(cast, acme)

    assert [series_due.book_due(at=NOON) for _ in range(3)] == [1, 0, 0]
    assert booked() == [(DECEMBER, "scheduled")]


def test_r2_a_setting_beyond_what_can_be_booked_waits_until_it_can(cast, acme):
    cast.session_terms.series_ahead_days, cast.session_terms.furthest_ahead_days = 90, 14
    cast.session_terms.save()
    a_series(cast, acme)

    assert series_due.book_due(at=FIRST - 14 * A_DAY) == 0
    assert series_due.book_due(at=FIRST - 14 * A_DAY + timedelta(seconds=1)) == 1
    assert passed() == []


def test_c6_without_credit_a_date_awaits_a_top_up_like_any_booking(cast, acme):
    a_series(cast, acme)

    series_due.book_due(at=NOON)

    session = Session.objects.get()
    assert (session.state, session.top_up_by) == ("awaiting_top_up", FIRST - A_DAY)
    assert set(mails("Maintenance")) == {"rolf", "anna", "tessa"}


def test_c6_where_two_await_a_top_up_already_the_date_is_passed_over(cast, acme):
    a_series(cast, acme)
    for hour in (13, 14):
        book(cast, acme, starts_at=at_stockholm(2026, 11, 24, hour))

    assert series_due.book_due(at=NOON) == 1

    assert (booked(), passed()) == ([], [(DECEMBER, Why.CREDIT)])
    assert "as many bookings as an account may have awaited a top-up" in mails("Not booked, Tue 1 Dec 09:00")["rolf"]


def test_r2_where_nobody_is_free_the_client_and_the_account_manager_are_told_once_with_the_nearest_times(cast, acme, borealis):
    a_series(cast, acme)
    take_everybody(cast, borealis, FIRST)

    assert [series_due.book_due(at=NOON) for _ in range(3)] == [1, 0, 0]

    told = mails("Not booked, Tue 1 Dec 09:00: Maintenance")
    assert (passed(), booked(), set(told)) == ([(DECEMBER, Why.TAKEN)], [], {"rolf", "max"})
    assert "Nobody was free at that time." in told["rolf"]
    assert "- Tue 1 Dec 08:00" in told["rolf"]
    assert "- Tue 1 Dec 10:00" in told["rolf"]
    assert "/sessions/new/?account=" in told["rolf"]
    assert f"/series/{Series.objects.get().pk}/" in told["rolf"]
    assert f"/desk/clients/{acme.organisation.pk}/" in told["max"]
    assert "/sessions/new/" not in told["max"]
    assert Notice.objects.filter(cause__endswith=":passed-over").count() == 2


def test_r2_a_date_that_was_passed_over_is_not_tried_again_and_the_next_one_is_booked(cast, acme, borealis):
    a_lot(acme.account, 480)
    a_series(cast, acme)
    take_everybody(cast, borealis, FIRST)
    series_due.book_due(at=NOON)
    blocking = Session.objects.get(organisation=borealis.organisation)
    changes.cancel(session=blocking, shown_minutes=0, by=borealis.requester, at=NOON)

    assert series_due.book_due(at=NOON + HOUR) == 0
    assert series_due.book_due(at=SECOND_DUE) == 1
    assert booked() == [(JANUARY, "scheduled")]


def test_r2_a_late_job_books_what_can_still_be_booked_and_passes_over_what_is_past(cast, acme):
    a_lot(acme.account, 480)
    a_series(cast, acme)

    assert series_due.book_due(at=at_stockholm(2027, 1, 4, 12)) == 3

    assert passed() == [(DECEMBER, Why.LATE)]
    assert booked() == [(JANUARY, "scheduled"), (FEBRUARY, "scheduled")]


@pytest.mark.parametrize(("before", "state"), [(timedelta(minutes=60), "booked"), (timedelta(minutes=59), "passed")])
def test_r2_a_date_nearer_than_the_shortest_lead_is_passed_over(cast, acme, before, state):
    a_series(cast, acme)

    series_due.book_due(at=FIRST - before)

    assert (len(booked()), len(passed())) == ((1, 0) if state == "booked" else (0, 1))


def test_c16_a_month_beyond_its_limit_is_passed_over(cast, acme):
    a_lot(acme.account, 480)
    CreditAccount.objects.update(monthly_limit_minutes=30)
    a_series(cast, acme)

    series_due.book_due(at=NOON)

    assert passed() == [(DECEMBER, Why.LIMIT)]


def test_r1_a_purpose_that_was_withdrawn_is_passed_over(cast, acme):
    a_series(cast, acme)
    cast.purpose.offered = False
    cast.purpose.save()

    series_due.book_due(at=NOON)

    assert passed() == [(DECEMBER, Why.PURPOSE)]


def test_r2_an_estimate_that_nobody_works_through_any_more_is_passed_over(cast, acme):
    a_series(cast, acme, estimate_minutes=480, at_clock=time(8))
    for technician in (cast.tessa, cast.theo):
        technician.weekly_hours.update(closes=time(12))

    series_due.book_due(at=NOON)

    assert passed() == [(DECEMBER, Why.TOO_LONG)]


def inactive(acme):
    acme.requester.is_active = False
    acme.requester.save()


def gone(acme):
    Membership.objects.filter(person=acme.requester).delete()


def not_named(acme):
    only(acme.account, acme.approver)


@pytest.mark.parametrize(("how", "told"), [(inactive, {"anna", "max"}), (gone, {"anna", "max"}), (not_named, {"rolf", "anna", "max"})])
def test_c16_a_maker_who_may_not_book_any_more_books_nothing_and_the_deciders_are_told_once(cast, acme, how, told):
    a_lot(acme.account, 480)
    a_series(cast, acme)
    how(acme)

    assert [series_due.book_due(at=NOON) for _ in range(2)] == [1, 0]

    assert (booked(), passed()) == ([], [(DECEMBER, Why.MAKER)])
    assert set(mails("Not booked")) == told


def test_c16_what_the_account_manager_began_is_booked_and_told_to_the_deciders(cast, acme):
    a_lot(acme.account, 480)
    a_series(cast, acme, by=cast.max)

    series_due.book_due(at=NOON)

    assert booked() == [(DECEMBER, "scheduled")]
    assert "anna" in mails("Booked for Tue 1 Dec")


def test_c10_a_date_that_was_moved_keeps_its_place_in_the_series(cast, acme):
    a_lot(acme.account, 480)
    a_series(cast, acme)
    series_due.book_due(at=NOON)

    moved = changes.postpone(session=Session.objects.get(), starts_at=FIRST + A_DAY, shown_minutes=0, by=acme.requester, at=NOON)

    assert (moved.series_on, moved.starts_at) == (DECEMBER, FIRST + A_DAY)
    assert series_due.book_due(at=NOON + HOUR) == 0


def test_c10_a_date_that_was_cancelled_is_not_booked_again(cast, acme):
    a_lot(acme.account, 480)
    a_series(cast, acme)
    series_due.book_due(at=NOON)
    changes.cancel(session=Session.objects.get(), shown_minutes=0, by=acme.requester, at=NOON)

    assert series_due.book_due(at=NOON + HOUR) == 0
    assert figures(acme.account) == (480, 0, 0)


def test_r2_a_series_that_ended_books_no_more_and_keeps_what_is_booked(cast, acme):
    a_lot(acme.account, 480)
    begun = a_series(cast, acme)
    series_due.book_due(at=NOON)
    series.end(series=begun, by=acme.requester, at=NOON)

    assert series_due.book_due(at=SECOND_DUE) == 0
    assert booked() == [(DECEMBER, "scheduled")]


def test_r2_a_series_ends_by_itself_with_its_last_date(cast, acme):
    a_lot(acme.account, 480)
    begun = a_series(cast, acme, last_on=JANUARY)
    series_due.book_due(at=NOON)
    begun.refresh_from_db()
    assert begun.ended_at is None

    series_due.book_due(at=SECOND_DUE)

    over = Series.objects.get()
    assert (over.ended_at, over.ended_by, len(booked())) == (SECOND_DUE, None, 2)


def test_r2_where_the_last_date_is_passed_over_nothing_is_said_to_go_on(cast, acme):
    a_series(cast, acme, last_on=DECEMBER)
    a_series(cast, acme, title="Backups")
    cast.purpose.offered = False
    cast.purpose.save()

    series_due.book_due(at=NOON)

    assert "The series goes on" not in mails("Not booked, Tue 1 Dec 09:00: Maintenance")["rolf"]
    assert "The series goes on with its next date." in mails("Not booked, Tue 1 Dec 09:00: Backups")["rolf"]


def test_p5_a_date_after_the_agreements_end_is_passed_over_and_the_series_ends_with_the_agreement(cast, acme):
    begun = a_series(cast, acme)
    Agreement.objects.update(ends_on=date(2026, 12, 1))
    assert series_due.end_with_agreements(at=NOON) == 0
    series_due.book_due(at=NOON)
    assert passed() == [(DECEMBER, Why.AGREEMENT)]

    ends = at_stockholm(2026, 12, 1)
    assert [series_due.end_with_agreements(at=at) for at in (ends - timedelta(seconds=1), ends, ends)] == [0, 1, 0]

    begun.refresh_from_db()
    assert (begun.ended_at, begun.ended_by) == (ends, None)
    assert set(mails("Series ended: Maintenance (Acme)")) == {"rolf", "anna", "max"}
    assert series_due.book_due(at=SECOND_DUE) == 0


def test_p5_a_series_goes_on_where_another_agreement_follows(cast, acme):
    a_series(cast, acme)
    Agreement.objects.update(ends_on=date(2026, 11, 1))
    Agreement.objects.create(organisation=acme.organisation, starts_on=date(2026, 11, 1))

    assert series_due.end_with_agreements(at=NOON) == 0


def test_r2_several_series_are_booked_in_the_order_of_their_dates(cast, acme):
    a_lot(acme.account, 60)
    later, sooner = a_series(cast, acme, ordinal=2), a_series(cast, acme)

    assert series_due.book_due(at=NOON) == 2

    states = {session.series_id: session.state for session in Session.objects.all()}
    assert states == {sooner.pk: "scheduled", later.pk: "awaiting_top_up"}


def test_r2_two_technicians_and_one_by_name(cast, acme):
    a_lot(acme.account, 480)
    a_series(cast, acme, technician_count=2)
    a_series(cast, acme, at_clock=time(11), technician=cast.theo)

    series_due.book_due(at=NOON)

    taken = Reservation.objects.order_by("blocked_from", "technician").values_list("technician", flat=True)
    assert list(taken) == [cast.tessa.pk, cast.theo.pk, cast.theo.pk]


def test_w5_nine_in_new_york_stays_nine_there_when_clocks_change_on_other_days(cast, acme):
    a_lot(acme.account, 480)
    a_series(cast, acme, time_zone="America/New_York", ordinal=4, first_on=date(2027, 2, 1))

    series_due.book_due(at=at_stockholm(2027, 2, 20, 9))
    series_due.book_due(at=at_stockholm(2027, 3, 20, 9))
    series_due.book_due(at=at_stockholm(2027, 4, 20, 9))

    starts = [session.starts_at.astimezone(STOCKHOLM) for session in Session.objects.order_by("starts_at")]
    assert [(start.month, start.hour) for start in starts] == [(2, 15), (3, 14), (4, 15)]


def test_r2_without_series_the_job_asks_one_thing(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert series_due.book_due(at=NOON) == 0


def test_r2_finding_what_is_due_takes_as_many_queries_for_many_series(cast, acme, django_assert_num_queries):
    for _ in range(8):
        a_series(cast, acme, first_on=date(2027, 6, 1))

    with django_assert_num_queries(4):
        assert series_due.book_due(at=NOON) == 0


def test_r2_what_a_person_books_is_never_taken_for_a_date(cast, acme):
    begun = a_series(cast, acme)
    wish = Wish(purpose=cast.purpose, title="By hand", estimate_minutes=60, starts_at=FIRST)
    by_hand = request(account=acme.account, wish=wish, cause="form:by-hand", by=acme.requester, at=NOON)

    assert (by_hand.series, by_hand.series_on) == (None, None)
    assert not begun.sessions.exists()


def test_p4_a_date_that_was_passed_over_is_told_in_the_readers_zone(cast, acme):
    acme.requester.time_zone = "America/New_York"
    acme.requester.save()
    a_series(cast, acme, by=acme.requester)
    cast.purpose.offered = False
    cast.purpose.save()

    series_due.book_due(at=NOON)

    assert set(mails("Not booked, Tue 1 Dec 03:00")) == {"rolf"}
    assert set(mails("Not booked, Tue 1 Dec 09:00")) == {"max"}


def test_c16_somebody_who_left_reads_no_more_of_it(cast, acme):
    left = a_member(acme, "Lars")
    a_series(cast, acme, by=left)
    Membership.objects.filter(person=left).delete()

    series_due.book_due(at=NOON)

    assert "lars" not in mails("Not booked")
