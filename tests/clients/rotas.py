"""Rotas for the tests."""

from datetime import date
from typing import Any

from clients.models import OnCallMember, OnCallRota
from people.models import Person


def a_rota(*people: Person, code: str = "network", **fields: Any) -> OnCallRota:
    """Turns of a week from Monday 16 November 2026, 09:00 in Stockholm; paged by mail."""
    given = {"name_en": "Network", "name_sv": "Nät", "first_turn_on": date(2026, 11, 16)}
    rota = OnCallRota.objects.create(code=code, **(given | fields))
    for position, person in enumerate(people, start=1):
        OnCallMember.objects.create(rota=rota, person=person, position=position)
    rota.refresh_from_db()
    return rota
