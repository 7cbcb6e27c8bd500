"""What waits for somebody's yes as an approver: orders above another one's limit, transfers (rules: People, C16)."""

from collections.abc import Mapping, Sequence, Set

from django.db.models import Q

from clients import access, limits
from clients.access import Voice
from credits.topups import TopUp, TopUpState, first_yes
from credits.transfers import Transfer, TransferState
from people.models import Person

Voices = Mapping[int, Sequence[Voice]]
"""Who decides about each account that one sees, by account."""


def top_ups_to_approve(person: Person, voices: Voices) -> list[TopUp]:
    """The orders to which `person` can give the yes that they wait for, oldest first. Three queries at most."""
    waiting = TopUp.objects.filter(account__in=list(voices), state=TopUpState.AWAITING_APPROVAL)
    listed = waiting.select_related("account__organisation", "ordered_by").order_by("ordered_at", "pk")
    yeses = {top_up.pk: first_yes(top_up) for top_up in listed}
    lent = access.lent_then(yeses.values())
    return [top_up for top_up in listed if _completes(person, top_up, voices[top_up.account_id], lent[yeses[top_up.pk]])]


def transfers_to_approve(person: Person, voices: Voices) -> list[Transfer]:
    """The transfers that wait for a side about which `person` decides, oldest first. One query."""
    mine = {pk for pk, about in voices.items() if any(voice.person == person for voice in about)}
    for_me = Q(source__in=mine, source_approved_by=None) | Q(target__in=mine, target_approved_by=None)
    waiting = Transfer.objects.filter(for_me, state=TransferState.PROPOSED)
    return list(waiting.select_related("source__organisation", "target", "proposed_by").order_by("proposed_at", "pk"))


def _completes(person: Person, top_up: TopUp, about: Sequence[Voice], lent: Set[int]) -> bool:
    may_be_second = person in limits.seconds(first_yes(top_up).person, among=about, lent=lent)
    return may_be_second or limits.decides_alone(person, top_up.net.amount, among=about)
