"""What each person chooses to be told, and how (rule M4). Nothing that is chosen away is written at all."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction

from notices.kinds import KIND_OF, Kind
from notices.models import Channel, NotificationChoice
from people.models import Person
from people.phones import is_e164

DEFAULT = frozenset({Channel.EMAIL})
"""How one is told who has chosen nothing."""

Choices = dict[Kind, frozenset[Channel]]


def choices_of(person: Person) -> Choices:
    """By which channels `person` wants to be told, for each kind that may be chosen away. One query."""
    found = NotificationChoice.objects.filter(person=person).values_list("kind", "channel", "wanted")
    said = {(kind, channel): wanted for kind, channel, wanted in found}
    return {
        kind: frozenset(channel for channel in (Channel.EMAIL, Channel.SMS) if said.get((kind, channel), channel in DEFAULT))
        for kind in Kind
    }


@transaction.atomic
def choose(*, person: Person, wanted: Choices) -> None:
    """Remember how `person` wants to be told of each kind. A channel that is left out is not used any more."""
    offered = channels_for(person)
    for kind in Kind:
        for channel in offered:
            said = {"wanted": channel in wanted.get(kind, frozenset())}
            NotificationChoice.objects.update_or_create(person=person, kind=kind, channel=channel, defaults=said)


def channels_for(person: Person) -> list[Channel]:
    """The channels that can reach `person`: mail; texts where a gateway and a number are known."""
    return [Channel.EMAIL, Channel.SMS] if settings.SMS_URL and is_e164(person.mobile) else [Channel.EMAIL]


def ways(template: str, people: Iterable[Person]) -> dict[int, frozenset[Channel]]:
    """How each of `people`, by number, is to be told by this text. One query; none where the text always comes."""
    listed = list(people)
    kind = KIND_OF.get(template)
    if kind is None or not listed:
        return {person.pk: DEFAULT for person in listed}
    said: dict[tuple[int, str], bool] = {}
    for pk, channel, wanted in NotificationChoice.objects.filter(kind=kind, person__in=listed).values_list("person", "channel", "wanted"):
        said[pk, channel] = wanted
    return {person.pk: _ways(person, said) for person in listed}


def _ways(person: Person, said: dict[tuple[int, str], bool]) -> frozenset[Channel]:
    return frozenset(channel for channel in channels_for(person) if said.get((person.pk, channel), channel in DEFAULT))
