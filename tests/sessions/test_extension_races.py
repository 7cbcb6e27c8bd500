"""Several at the same moment while a session is to go on: one of them has the technician's next hour (rules R2, C8)."""

import pytest

from sessions import audit, bookings, consents, extensions, reach
from sessions.models import Session
from sessions.models.sessions import EventKind
from sessions.reservations import SlotTaken
from tests.cast import NOON, a_client
from tests.racing import race
from tests.sessions.booked import a_wish
from tests.sessions.factories import a_lot, a_started_session, minutes

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

AT = NOON - minutes(70)
"""So early that the next hour can still be booked."""


@pytest.fixture
def running(cast, acme):
    session = a_started_session(cast, acme, credit=400, starts_at=NOON)
    Session.objects.update(started_at=AT - minutes(10))
    return session


@pytest.fixture
def question(running, cast):
    return extensions.ask(session=running, minutes=120, reason="More", by=cast.tessa.person, at=AT)


def test_r2_of_a_yes_and_a_booking_of_the_next_hour_exactly_one_wins(cast, running, question, acme):
    others = [a_client(cast, f"Other{number}") for number in range(3)]
    for other in others:
        a_lot(other.account, 60)
    wish = a_wish(cast, starts_at=NOON + minutes(60), technician=cast.tessa)

    def act(number):
        if number == 0:
            return consents.give_consent(consent=question, by=acme.approver, at=AT)
        other = others[number - 1]
        return bookings.request(account=other.account, wish=wish, cause=f"form:{number}", by=other.approver, at=AT)

    outcome = race(4, act)

    running.refresh_from_db()
    question.refresh_from_db()
    assert len(outcome.results) == 1
    assert {type(error) for error in outcome.errors} <= {reach.TechnicianTaken, SlotTaken}
    assert outcome.most_inside >= 2
    went_on = outcome.results[0] == question
    assert (running.ends_at, question.given) == ((NOON + minutes(120), True) if went_on else (NOON + minutes(60), None))
    assert audit.audit().findings == []


def test_c8_a_yes_that_is_sent_several_times_extends_once(running, question, acme):
    outcome = race(4, lambda _: consents.give_consent(consent=question, by=acme.approver, at=AT))

    running.refresh_from_db()
    assert len(outcome.results) == 1
    assert {type(error) for error in outcome.errors} == {consents.ConsentAlreadyAnswered}
    assert (running.ends_at, running.hold.minutes) == (NOON + minutes(120), 120)
    assert running.events.filter(kind=EventKind.EXTENDED).count() == 1


def test_r2_two_sessions_never_grow_into_each_other(cast, acme, running, question):
    next_one = a_started_session(cast, acme, credit=400, starts_at=NOON + minutes(120), technicians=[cast.tessa])
    Session.objects.filter(pk=next_one.pk).update(started_at=AT)
    later = extensions.ask(session=next_one, minutes=90, reason="More", by=cast.tessa.person, at=AT)

    outcome = race(2, lambda number: consents.give_consent(consent=[question, later][number], by=acme.approver, at=AT))

    assert (len(outcome.results), outcome.errors) == (2, [])
    assert audit.audit().findings == []
