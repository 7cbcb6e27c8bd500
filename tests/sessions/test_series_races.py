"""A date of a series is booked once, however many loops run (rules C5, C14, R2)."""

from datetime import timedelta

import pytest

from sessions import series, series_due
from sessions.models import PassedOver, Reservation, Series, Session
from sessions.series import AlreadyEnded
from tests.cast import NOON, a_client, a_provider
from tests.racing import race
from tests.sessions.booked import figures
from tests.sessions.factories import a_lot, a_session
from tests.sessions.recurring import FIRST, SECOND, a_series

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
LOOPS = 6


@pytest.fixture
def scene():
    """The provider, and a client with a man-day of credit."""
    cast = a_provider()
    acme = a_client(cast, "Acme")
    a_lot(acme.account, 480)
    return cast, acme


def test_r2_several_loops_at_once_book_each_date_once(scene):
    cast, acme = scene
    a_series(cast, acme), a_series(cast, acme, ordinal=2)

    outcome = race(LOOPS, lambda _: series_due.book_due(at=NOON))

    assert outcome.most_inside >= 2
    assert (outcome.errors, sum(outcome.results)) == ([], 2)
    assert (Session.objects.count(), Reservation.objects.filter(live=True).count()) == (2, 2)
    assert figures(acme.account) == (360, 120, 0)


def test_r2_several_loops_at_once_pass_a_date_over_once(scene):
    cast, acme = scene
    a_series(cast, acme)
    a_session(cast, a_client(cast, "Borealis"), starts_at=FIRST, technicians=[cast.tessa, cast.theo])

    outcome = race(LOOPS, lambda _: series_due.book_due(at=NOON))

    assert outcome.most_inside >= 2
    assert (outcome.errors, sum(outcome.results), PassedOver.objects.count()) == ([], 1, 1)


def test_r2_two_series_of_two_clients_race_for_the_last_technician(scene):
    cast, acme = scene
    other = a_client(cast, "Borealis")
    a_lot(other.account, 480)
    for client in (acme, other):
        a_series(cast, client, technician=cast.tessa)

    outcome = race(LOOPS, lambda _: series_due.book_due(at=NOON))

    assert outcome.most_inside >= 2
    assert (outcome.errors, Session.objects.count(), PassedOver.objects.count()) == ([], 1, 1)


def test_r2_ending_while_a_date_is_booked_leaves_it_booked_or_not_at_all(scene):
    cast, acme = scene
    begun = a_series(cast, acme)
    at = SECOND - timedelta(days=30)

    def run(number: int) -> object:
        return series.end(series=begun, by=acme.requester, at=at) if number % 2 else series_due.book_due(at=at)

    outcome = race(LOOPS, run)

    assert outcome.most_inside >= 2
    assert {type(error) for error in outcome.errors} == {AlreadyEnded}
    assert Series.objects.get().ended_at == at
    dates = Session.objects.count() + PassedOver.objects.count()
    assert dates == sum(result for result in outcome.results if isinstance(result, int))


def test_c14_one_form_sent_by_several_hands_begins_one_series(scene):
    cast, acme = scene

    outcome = race(LOOPS, lambda _: a_series(cast, acme, cause="form:1"))

    assert outcome.most_inside >= 2
    assert (outcome.errors, {found.pk for found in outcome.results}) == ([], {Series.objects.get().pk})
