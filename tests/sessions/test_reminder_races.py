"""Reminders written by two loops at once, or while the session is moved; real threads and connections (rule R5)."""

from datetime import timedelta

import pytest

from notices.models import Notice
from sessions import changes, reminders
from sessions.life import SessionMovedOn
from tests.cast import NOON, a_client, a_provider
from tests.racing import race
from tests.sessions.booked import TUESDAY, book

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
DUE = TUESDAY - timedelta(hours=25)


def test_r5_two_loops_at_once_remind_everybody_once():
    cast = a_provider()
    acme = a_client(cast)
    for hour in range(4):
        book(cast, acme, credit=60, starts_at=TUESDAY + timedelta(hours=hour), at=NOON)

    outcome = race(4, lambda _number: reminders.remind_due(at=DUE + timedelta(hours=4)))

    assert (outcome.errors, sum(outcome.results), outcome.most_inside >= 2) == ([], 4, True)
    assert Notice.objects.filter(subject__startswith="Reminder").count() == 8


def test_r5_a_reminder_that_meets_a_move_never_tells_of_the_start_that_was_left():
    cast = a_provider()
    acme = a_client(cast)
    sessions = [book(cast, acme, credit=60, starts_at=TUESDAY + timedelta(hours=hour), at=NOON) for hour in range(4)]

    def act(number: int) -> object:
        if number % 2:
            return reminders.remind_due(at=DUE + timedelta(hours=4))
        session = sessions[number]
        try:
            return changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=DUE)
        except SessionMovedOn as refusal:
            return refusal

    outcome = race(4, act)

    assert (outcome.errors, outcome.most_inside >= 2) == ([], True)
    told = Notice.objects.filter(subject__startswith="Reminder")
    assert sorted({notice.cause.split(":")[1] for notice in told}) == sorted(str(sessions[number].pk) for number in (1, 3))
    assert told.count() == 4
