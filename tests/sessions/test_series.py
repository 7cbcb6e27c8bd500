"""Beginning a series and ending it: nothing is booked by either (rules C5, C14, C16, P5, R1, R2, W5)."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clients.agreements import AgreementEnded
from clients.models import Agreement
from notices.models import Notice
from sessions import occurrences, series
from sessions.bookings import OffStep, PurposeWithdrawn, TooLong, TooManyTechnicians
from sessions.models import PassedOver, Series, Session, TimeBand
from sessions.models.series import rhythm
from sessions.series import (
    AlreadyEnded,
    BeginsTooLate,
    NoDate,
    OffGrid,
    RequestMismatch,
    StartsInThePast,
    TooManySeries,
    UnknownZone,
    WrongAccount,
)
from tests.approving import a_member, only
from tests.cast import NOON, STOCKHOLM, at_stockholm
from tests.sessions.booked import figures, mails
from tests.sessions.factories import a_lot
from tests.sessions.recurring import DECEMBER, FIRST, JANUARY, a_series, a_series_wish

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


def test_c5_a_series_holds_nothing_and_books_nothing(cast, acme):
    a_lot(acme.account, 480)

    begun = a_series(cast, acme)

    assert (begun.made_by, begun.organisation, begun.ended_at) == (acme.requester, acme.organisation, None)
    assert (figures(acme.account), Session.objects.count(), Notice.objects.count()) == ((480, 0, 0), 0, 0)


def test_r2_its_next_dates_say_from_when_they_are_booked(cast, acme):
    found = occurrences.dates(series=a_series(cast, acme), at=NOON)

    coming = [(date.on, date.starts_at, date.booked_from) for date in found.coming]
    assert coming[:2] == [(DECEMBER, FIRST, FIRST - 30 * A_DAY), (JANUARY, at_stockholm(2027, 1, 5, 9), at_stockholm(2026, 12, 6, 9))]
    assert (len(coming), found.earlier) == (6, [])


def test_r2_no_date_is_booked_before_it_can_be(cast, acme):
    cast.session_terms.furthest_ahead_days = 14
    cast.session_terms.save()

    found = occurrences.dates(series=a_series(cast, acme), at=NOON)

    assert found.coming[0].booked_from == FIRST - 14 * A_DAY


def test_c14_the_same_form_begins_one_series(cast, acme):
    begun = a_series(cast, acme, cause="form:1")

    assert a_series(cast, acme, cause="form:1", at=NOON + 90 * A_DAY) == begun
    assert Series.objects.count() == 1


@pytest.mark.parametrize("other", [{"title": "Another"}, {"at_clock": time(10)}, {"every_months": 2}, {"last_on": date(2027, 12, 31)}])
def test_c14_the_same_form_with_another_wish_is_refused(cast, acme, other):
    a_series(cast, acme, cause="form:1")

    with pytest.raises(RequestMismatch):
        a_series(cast, acme, cause="form:1", **other)


def test_c14_somebody_elses_form_is_refused(cast, acme, borealis):
    a_series(cast, acme, cause="form:1")

    for client, person in ((acme, acme.approver), (borealis, borealis.requester)):
        with pytest.raises(RequestMismatch):
            a_series(cast, client, cause="form:1", by=person)


def test_c16_who_may_not_spend_from_the_account_begins_and_ends_none(cast, acme, borealis):
    begun = a_series(cast, acme)
    only(acme.account, a_member(acme, "Lisa"))

    for person in (acme.requester, borealis.approver, cast.tessa.person, cast.fia):
        with pytest.raises(WrongAccount):
            a_series(cast, acme, by=person)
        with pytest.raises(WrongAccount):
            series.end(series=begun, by=person, at=NOON)


def test_c16_the_account_manager_begins_one_for_the_client(cast, acme):
    assert a_series(cast, acme, by=cast.max).made_by == cast.max


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"estimate_minutes": 0}, OffStep),
        ({"estimate_minutes": -30}, OffStep),
        ({"estimate_minutes": 45}, OffStep),
        ({"estimate_minutes": 7 * 24 * 60}, TooLong),
        ({"estimate_minutes": 10**12}, OffStep),
        ({"technician_count": 3}, TooManyTechnicians),
        ({"technician_count": 0}, TooManyTechnicians),
        ({"time_zone": "Europe/Atlantis"}, UnknownZone),
        ({"at_clock": time(9, 10)}, OffGrid),
        ({"at_clock": time(9, 0, 30)}, OffGrid),
        ({"last_on": date(2026, 11, 30)}, NoDate),
        ({"first_on": date(2026, 11, 3)}, StartsInThePast),
        ({"first_on": date(1, 1, 1)}, StartsInThePast),
        ({"first_on": date(2028, 12, 1)}, BeginsTooLate),
        ({"first_on": date(9999, 12, 31)}, NoDate),
        ({"first_on": date(9998, 12, 1)}, BeginsTooLate),
    ],
)
def test_r2_what_could_never_be_booked_is_no_series(cast, acme, wish, refusal):
    with pytest.raises(refusal) as refused:
        a_series(cast, acme, **wish)

    assert str(refused.value)
    assert not Series.objects.exists()


def test_r2_a_date_of_today_that_has_passed_is_past(cast, acme):
    third_wednesday: dict[str, Any] = {"ordinal": 3, "weekday": 2}

    with pytest.raises(StartsInThePast):
        a_series(cast, acme, **third_wednesday, at_clock=time(12))

    assert a_series(cast, acme, **third_wednesday, at_clock=time(12, 30)).first_on == NOON.date()


def test_r2_off_the_grid_the_nearest_times_are_named_by_the_clock_of_the_series(cast, acme):
    with pytest.raises(OffGrid, match="choose 08:45 or 09:15"):
        a_series(cast, acme, time_zone="Asia/Kathmandu")

    assert a_series(cast, acme, time_zone="Asia/Kathmandu", at_clock=time(9, 15)).time_zone == "Asia/Kathmandu"


def test_r1_what_is_not_offered_is_no_series(cast, acme):
    cast.purpose.offered = False

    with pytest.raises(PurposeWithdrawn):
        a_series(cast, acme)


def test_p5_an_agreement_that_ends_before_the_first_date_allows_none(cast, acme):
    Agreement.objects.update(ends_on=DECEMBER)

    with pytest.raises(AgreementEnded):
        a_series(cast, acme)


def test_r2_an_account_has_only_so_many_running_series(cast, acme):
    begun = [a_series(cast, acme) for _ in range(series.MOST_RUNNING)]

    with pytest.raises(TooManySeries, match="20 running series"):
        a_series(cast, acme)

    series.end(series=begun[0], by=acme.requester, at=NOON)
    assert a_series(cast, acme).ended_at is None


def test_r2_ending_a_series_leaves_no_date_ahead_and_tells_the_account_manager(cast, acme):
    begun = a_series(cast, acme)

    ended = series.end(series=begun, by=acme.approver, at=NOON)

    assert (ended.ended_at, ended.ended_by) == (NOON, acme.approver)
    assert occurrences.dates(series=ended, at=NOON).coming == []
    assert set(mails("Series ended: Maintenance (Acme)")) == {"rolf", "max"}


def test_r2_a_series_ends_once(cast, acme):
    begun = a_series(cast, acme)
    series.end(series=begun, by=acme.requester, at=NOON)

    with pytest.raises(AlreadyEnded):
        series.end(series=begun, by=acme.requester, at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Series.objects.update(ended_at=None, ended_by=None)


def test_r2_why_a_date_was_passed_over_is_never_rewritten(cast, acme):
    over = PassedOver.objects.create(series=a_series(cast, acme), on=DECEMBER, at=NOON, reason="taken")

    for change in (lambda: PassedOver.objects.update(reason="late"), over.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_w5_a_time_that_the_clocks_skip_begins_right_after_and_is_said_so(cast, acme):
    wish = a_series_wish(cast, ordinal=-1, weekday=6, at_clock=time(2, 30), first_on=date(2027, 3, 1))

    planned = occurrences.planned(wish=wish, at=at_stockholm(2027, 2, 20, 12))

    assert [date.on for date in planned[:2]] == [date(2027, 3, 28), date(2027, 4, 25)]
    assert [date.starts_at.astimezone(STOCKHOLM).time() for date in planned[:2]] == [time(3), time(2, 30)]
    assert [date.is_skipped for date in planned] == [True, *[False] * 5]
    assert planned[0].free_until == at_stockholm(2027, 3, 27, 2)


def test_c17_each_date_comes_to_what_its_band_says(cast, acme):

    TimeBand.objects.create(
        code="holy",
        name_en="Holiday",
        name_sv="Helgdag",
        position=1,
        dates=["2027-01-05"],
        opens=time(0),
        closes=time(0),
        factor_percent=200,
    )

    planned = occurrences.planned(wish=a_series_wish(cast), at=NOON)

    assert [date.held_minutes for date in planned] == [60, 120, 60, 60, 60, 60]


def test_r2_the_next_dates_say_whether_anybody_is_free(cast, acme):
    wish = replace(a_series_wish(cast), at_clock=time(20))

    assert [date.is_open for date in occurrences.planned(wish=wish, at=NOON)[:3]] == [False, False, None]


def test_p4_rhythms_in_words():
    words = [rhythm(ordinal=ordinal, weekday=1, every_months=months) for ordinal, months in ((1, 1), (-1, 2), (3, 3), (4, 12))]

    assert words == [
        "the first Tuesday of each month",
        "the last Tuesday of every second month",
        "the third Tuesday, every 3 months",
        "the fourth Tuesday of one month each year",
    ]
