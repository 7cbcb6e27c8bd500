"""Sums that somebody decides alone, and the second approver above them (rules: People).

A deputy decides with the limit of the approver they stand for; of several rights the widest counts. Two people make
two approvers only where they decide in two rights: an approver and a deputy of theirs are one voice. A yes counts as of
when it was given: in the rights of that instant, also once a deputyship is over, and also where a role was lost since.
"""

from collections.abc import Iterable, Set
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from clients import access
from clients.access import Voice, Yes
from core.errors import DomainError
from people.models import Person


class SecondApproverNeeded(DomainError):
    """The sum is above what the person decides alone, and their own yes is there already."""

    message = _("This is above the sum that you decide alone: another approver has to agree to it. Nothing has changed.")


class NoSecondApprover(DomainError):
    """The sum is above what the person decides alone, and nobody else could agree to it."""

    message = _(
        "This is above the sum that you decide alone, and nobody else of yours could be the second approver. "
        "Ask your account manager to name another approver, or to raise your limit. Nothing has changed."
    )


def decides_alone(person: Person, amount: Decimal, *, among: Iterable[Voice]) -> bool:
    """Whether one of the person's rights `among` these covers `amount`, a sum without VAT."""
    return any(voice.limit is None or amount <= voice.limit for voice in among if voice.person == person)


def limit_of(person: Person, *, among: Iterable[Voice]) -> Decimal | None:
    """Up to which sum without VAT the person decides alone; None: whatever the sum. Zero for who decides nothing."""
    limits = [voice.limit for voice in among if voice.person == person]
    return None if None in limits else max((limit for limit in limits if limit is not None), default=Decimal(0))


def seconds(first: Person, *, among: Iterable[Voice], lent: Set[int] | None = None) -> list[Person]:
    """Who can be the second approver of what `first` agrees to, in the order of the voices.

    `lent` are those whose deputy `first` was where they agreed earlier (`access.lent_then`); None: they agree now.
    """
    rights: dict[Person, set[int]] = {}
    for voice in among:
        rights.setdefault(voice.person, set()).add(voice.approver_id)
    deciding = set[int]().union(*rights.values())
    said = rights.pop(first, set())
    if lent is not None:
        said = (said & {first.pk}) | (lent & deciding)
    return [person for person, mine in rights.items() if len((said or {first.pk}) | mine) > 1]


def seconds_to(yes: Yes, *, among: Iterable[Voice]) -> list[Person]:
    """Who can be the second approver after the first `yes`, in the order of the voices. Two queries at most."""
    return seconds(yes.person, among=among, lent=access.lent_then([yes])[yes])
