"""Writing the audit log. What is written says nothing but who, when, what and to which thing: no text, no secret, no body."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from trail.models import Entry, Kind, Whereabouts
from trail.origin import NOTHING, Thing, here

WITH_ADDRESS = {Kind.LOOK, Kind.SIGN_IN, Kind.FAILED, Kind.ACCESS, Kind.DOWNLOAD, Kind.REFUSED, Kind.ADMIN}
"""Where it matters from which address on the network something came."""
A_MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 60
"""So many failed sign-ins, and so many refusals, are written in a minute of each person, and of each address that nobody is known at.

Who tries more fills no disk with it, and hides nobody else's.
"""
MORE = "more-not-written"


def write(
    kind: Kind, what: str, *, person: int | None, thing: Thing = NOTHING, at: datetime | None = None, source: int | None = None
) -> Entry:
    """Add an entry, in the transaction that is open; `at` is now unless the verb was told another instant."""
    origin, at = here(), at or timezone.now()
    with transaction.atomic():
        entry = Entry.objects.create(
            at=at,
            kind=kind,
            what=what[:120],
            person_id=person,
            organisation_id=thing.organisation,
            thing=thing.label,
            number=thing.number,
            source=source,
            via=origin.via[:120],
            operator=origin.operator[:80],
        )
        if origin.address and kind in WITH_ADDRESS:
            Whereabouts.objects.create(entry=entry, at=at, address=origin.address)
    return entry


def write_few(kind: Kind, what: str, *, person: int | None, thing: Thing = NOTHING) -> Entry | None:
    """The same for what somebody can cause at will: at most 60 of a kind a minute, and one that says there were more.

    Counted by person (of a failed sign-in: whose address was typed); where that is nobody, by the address on the network.
    """
    at = timezone.now()
    asked = Entry.objects.filter(kind=kind, person=person, at__gt=at - A_MINUTE)
    if person is None and here().address:
        asked = asked.filter(whereabouts__address=here().address)
    recent = asked[: MOST_A_MINUTE + 1].count()
    if recent > MOST_A_MINUTE:
        return None
    return write(kind, what if recent < MOST_A_MINUTE else MORE, person=person, thing=thing, at=at)
