"""Orders and transfers that have waited too long for an approver (rules: People, C16). Others are asked, once for each."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from clients.models import Organisation
from clients.patience import Patience
from core.batches import each
from credits import messages, spending
from credits.models import TopUp, TopUpState, Transfer, TransferState
from credits.topups import first_yes
from notices.models import Notice
from people.models import Person

Thing = TypeVar("Thing", TopUp, Transfer)


def top_ups_too_long(patience: Patience, *, clients: QuerySet[Organisation] | None = None) -> list[TopUp]:
    """Orders that have waited too long for a second approver, the oldest first; of all clients, or of `clients`. One query."""
    found = TopUp.objects.filter(state=TopUpState.AWAITING_APPROVAL, ordered_at__lte=patience.begun_by)
    if clients is not None:
        found = found.filter(account__organisation__in=clients)
    listed = found.select_related("account__organisation", "ordered_by").order_by("ordered_at", "pk")
    return [top_up for top_up in listed if patience.is_over(top_up.ordered_at)]


def transfers_too_long(patience: Patience, *, clients: QuerySet[Organisation] | None = None) -> list[Transfer]:
    """Transfers that have waited too long for a side, the oldest first; of all clients, or of `clients`. One query."""
    found = Transfer.objects.filter(state=TransferState.PROPOSED, proposed_at__lte=patience.begun_by)
    if clients is not None:
        found = found.filter(source__organisation__in=clients)
    listed = found.select_related("source__organisation", "target__organisation", "proposed_by").order_by("proposed_at", "pk")
    return [transfer for transfer in listed if patience.is_over(transfer.proposed_at)]


def escalate(at: datetime) -> int:
    """Ask others about what waits too long, once for each; how many (rules: People). A job: run as often as one likes."""
    patience = Patience.of_provider(at=at)
    top_ups = _not_asked_about("top-up", top_ups_too_long(patience))
    transfers = _not_asked_about("transfer", transfers_too_long(patience))
    return each(top_ups, lambda top_up: _ask_about_top_up(top_up, at)) + each(transfers, lambda transfer: _ask_about_transfer(transfer, at))


@transaction.atomic
def _ask_about_top_up(top_up: TopUp, at: datetime) -> bool:
    current = TopUp.objects.select_for_update(of=("self",)).get(pk=top_up.pk)
    people = spending.stand_ins(top_up.account, besides=first_yes(top_up), at=at)
    if current.state != TopUpState.AWAITING_APPROVAL or not people:
        return False
    messages.top_up_waits(top_up, people, at=at)
    return True


@transaction.atomic
def _ask_about_transfer(transfer: Transfer, at: datetime) -> bool:
    current = Transfer.objects.select_for_update(of=("self",)).get(pk=transfer.pk)
    sides = ((transfer.source, current.source_approved_by_id), (transfer.target, current.target_approved_by_id))
    people: list[Person] = []
    for account, approved_by in sides:
        if approved_by is None:
            people += spending.stand_ins(account, at=at)
    if current.state != TransferState.PROPOSED or not people:
        return False
    messages.transfer_waits(transfer, people, at=at)
    return True


def _not_asked_about(word: str, waiting: Sequence[Thing]) -> list[Thing]:
    """Those about which nobody has been asked yet: the mail about it says so (`credits.messages`)."""
    causes = {f"{word}:{thing.pk}:waits": thing for thing in waiting}
    for cause in Notice.objects.filter(cause__in=causes).values_list("cause", flat=True):
        causes.pop(cause, None)
    return list(causes.values())
