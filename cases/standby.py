"""Changes of turns, with word of them to whoever is concerned (rule S18).

The rule is that of `clients.on_call`, which stands beneath the outbox and so cannot tell anybody itself.
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from clients import on_call, turns
from clients.models import OnCallRota, OnCallSwap
from notices import outbox
from people.models import Person


@transaction.atomic
def swap(*, rota: OnCallRota, person: Person, stretch: tuple[datetime, datetime], by: Person, at: datetime) -> OnCallSwap:
    """Change turns, and tell of it. Raises what `clients.on_call.swap` raises."""
    change = on_call.swap(rota=rota, person=person, stretch=stretch, by=by, at=at)
    _tell(change, "given", by=by, at=at)
    return change


@transaction.atomic
def take_back(*, swap: OnCallSwap, by: Person, at: datetime) -> OnCallSwap:
    """Take a change back, and tell of it. Raises what `clients.on_call.take_back` raises."""
    taken_back = on_call.take_back(swap=swap, by=by, at=at)
    _tell(taken_back, "taken_back", by=by, at=at)
    return taken_back


def _tell(change: OnCallSwap, what: str, *, by: Person, at: datetime) -> None:
    """Who stands in, and those whose turns these are; nobody of what they did themselves."""
    rota = change.rota
    regular = on_call.order_of(rota, change.starts_at, change.starts_at)
    whose = {turn.person for turn in turns.turns(regular, change.starts_at, change.ends_at) if not turn.swapped}
    people = Person.objects.filter(pk__in={*whose, change.person_id} - {by.pk}, is_active=True).order_by("pk")
    outbox.compose(
        cause=f"rota:{rota.pk}:change:{change.pk}:{what}",
        people=people,
        template=f"cases/mail/turn_{what}",
        context={"change": change, "rota": rota, "by": by, "page": reverse("desk-on-call")},
        at=at,
    )
