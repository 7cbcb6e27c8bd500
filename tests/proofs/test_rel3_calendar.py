"""REL3. One slot that many want, and calendars that many fill: nobody is ever booked twice (rules C5, R2)."""

from datetime import timedelta

import pytest

from sessions.models import Reservation, Session
from tests.cast import a_client, a_provider
from tests.proofs.calendars import Calendars, broken
from tests.proofs.crowd import Crowd
from tests.proofs.sizes import SIZE, say
from tests.sessions.booked import TUESDAY, book
from tests.sessions.factories import a_lot

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_r2_one_slot_that_many_want_is_given_once():
    cast = a_provider()
    clients = [a_client(cast, f"Org{number}") for number in range(SIZE.one_slot)]
    for client in clients:
        a_lot(client.account, 60 * SIZE.one_slot_repeats)
    for repeat in range(SIZE.one_slot_repeats):
        day, hour = divmod(repeat, 8)
        starts_at = TUESDAY.replace(hour=8 + hour) + timedelta(days=day + 2 * ((day + 1) // 5))  # past the weekends
        before = Session.objects.count()

        crowd = Crowd().seated(SIZE.one_slot, lambda number, at=starts_at: book(cast, clients[number], technician=cast.tessa, starts_at=at))  # type: ignore[misc]  # a default that mypy cannot infer

        assert crowd.kinds() == {"answered": 1, "SlotTaken": SIZE.one_slot - 1}
        assert Session.objects.count() == before + 1 == Reservation.objects.filter(live=True).count()
        assert crowd.most_inside >= 2

    say("REL3 one slot", clients=SIZE.one_slot, repeats=SIZE.one_slot_repeats)
    assert broken() == []


def test_r2_calendars_that_many_fill_move_and_empty_never_overlap():
    cast, crowd = a_provider(), Crowd()
    clients = [a_client(cast, f"Org{number}") for number in range(SIZE.calendar_clients)]
    calendars = Calendars(cast, clients, technicians=SIZE.calendar_technicians, days=SIZE.calendar_days)

    crowd.seated(SIZE.calendar_clients, lambda number: calendars.act(number, SIZE.calendar_acts))

    say("REL3 calendars", done=calendars.done.total(), of_each=dict(calendars.done), refused=dict(calendars.refused))
    assert crowd.errors == []
    assert broken() == []
    assert calendars.done["book"] >= 1
    assert calendars.done.total() + calendars.refused.total() == SIZE.calendar_clients * SIZE.calendar_acts
    assert crowd.most_inside >= 2
