"""Naming and ending deputies, with word of it to the deputy and to those who look after the client (rules: People).

The rule is that of `clients.deputies`, which stands beneath the outbox and so cannot tell anybody itself.
"""

from datetime import date, datetime

from django.db import transaction

from clients import access, deputies
from clients.models import Deputyship, Organisation
from notices import outbox
from people.models import Person


@transaction.atomic
def name(*, organisation: Organisation, deputy: Person, first_on: date, last_on: date, by: Person, at: datetime) -> Deputyship:
    """Name a deputy, and tell of it. Raises what `clients.deputies.name` raises."""
    named = deputies.name(organisation=organisation, deputy=deputy, first_on=first_on, last_on=last_on, by=by, at=at)
    _tell(named, "named", at=at)
    return named


@transaction.atomic
def end(*, deputyship: Deputyship, by: Person, at: datetime) -> Deputyship:
    """End a deputyship early, and tell of it. Raises what `clients.deputies.end` raises."""
    ended = deputies.end(deputyship=deputyship, by=by, at=at)
    _tell(ended, "ended", at=at)
    return ended


def _tell(deputyship: Deputyship, what: str, *, at: datetime) -> None:
    """Once for each deputyship, however often it is told."""
    outbox.compose(
        cause=f"deputyship:{deputyship.pk}:{what}",
        people=dict.fromkeys([deputyship.deputy, *access.managers(deputyship.organisation)]),
        template=f"portal/mail/deputy_{what}",
        context={"deputyship": deputyship},
        at=at,
    )
