"""How long things are kept: the settings, what would go now, and the job that lets it go (GDPR article 5(1)(e)).

A step takes the oldest rows of one kind, in one transaction with the row of `Purge` that tells of it; what dies in between
leaves them for the next tick. Nothing is purged twice: what holds nothing any more is not due.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.access import has_duty
from clients.models import Purge, Retention, StaffDuty
from core.batches import each
from core.errors import DomainError, NotAllowed
from people import keeping
from people.keeping import Keeping
from people.models import Person

MOST_AT_ONCE = 200
LONGEST_DAYS = 36_500


class NothingToSet(DomainError):
    """This kind is kept as the law or another setting says."""

    message = _("How long this is kept is not set here. Nothing has changed.")


class DaysOutOfRange(DomainError):
    """Less than a day, or more than a hundred years."""

    message = _("Say a number of days from 1 to 36,500, or leave it empty to keep it for ever. Nothing has changed.")


class ReasonMissing(DomainError):
    """Nobody said why."""

    message = _("Say why, so that it can be answered for later. Nothing has changed.")


@dataclass(frozen=True)
class Outlook:
    """A kind, the days it is kept, and what would go now: how much, and since when the oldest of it is here."""

    kind: Keeping
    days: int | None
    reason: str
    count: int = 0
    oldest: datetime | None = None

    @property
    def is_counted(self) -> bool:
        """Whether something of it can be past its time."""
        return self.kind.due is not None

    @property
    def is_set_here(self) -> bool:
        """Whether its days are a setting of these pages."""
        return self.kind.purge is not None


@transaction.atomic
def settle(*, kind: Keeping, days: int | None, reason: str, by: Person) -> Retention:
    """Keep a kind for so many days, or for ever (None). Raises NotAllowed, NothingToSet, DaysOutOfRange, ReasonMissing."""
    if not has_duty(by, StaffDuty.ADMINISTRATOR):
        raise NotAllowed
    if kind.purge is None:
        raise NothingToSet
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise DaysOutOfRange
    if not reason.strip():
        raise ReasonMissing
    said = {"days": days, "reason": reason.strip()}
    row, is_new = Retention.objects.select_for_update().get_or_create(kind=kind.name, defaults=said)
    if not is_new and (row.days, row.reason) != (days, said["reason"]):
        row.days, row.reason = days, reason.strip()
        row.save(update_fields=["days", "reason"])
    return row


def outlook(*, at: datetime) -> list[Outlook]:
    """Every kind, with what would go at `at`. Two queries a kind."""
    settled = {row.kind: row for row in Retention.objects.all()}
    return [_looked_at(kind, settled.get(kind.name), at) for kind in keeping.kinds()]


def days_of(kind: Keeping) -> int | None:
    """How long it is kept now."""
    row = Retention.objects.filter(kind=kind.name).first()
    return row.days if row else kind.days


def purge_due(*, at: datetime, most: int = MOST_AT_ONCE) -> int:
    """Let go what is past its time, `most` of each kind at once; returns how much (GDPR article 5(1)(e))."""
    gone: list[int] = []

    def purge(kind: Keeping) -> bool:
        gone.append(_step(kind, at, most))
        return bool(gone[-1])

    each(_purged_here(keeping.kinds()), purge)
    return sum(gone)


def _purged_here(kinds: Iterable[Keeping]) -> list[Keeping]:
    return [kind for kind in kinds if kind.purge is not None]


@transaction.atomic
def _step(kind: Keeping, at: datetime, most: int) -> int:
    days = days_of(kind)
    if days is None or kind.due is None or kind.purge is None:
        return 0
    before = at - timedelta(days=days)
    rows = kind.due(before).order_by(kind.since, "pk").select_for_update(of=("self",), skip_locked=True)
    keys = list(rows.values_list("pk", flat=True)[:most])
    if not keys:
        return 0
    step = Purge.objects.create(kind=kind.name, before=before, started_at=at)
    gone = kind.purge(keys, at)
    Purge.objects.filter(pk=step.pk).update(ended_at=at, rows=gone)
    return gone


def _looked_at(kind: Keeping, row: Retention | None, at: datetime) -> Outlook:
    days, reason = (row.days, row.reason) if row else (kind.days, str(kind.why))
    if days is None or kind.due is None:
        return Outlook(kind, days, reason)
    due = kind.due(at - timedelta(days=days))
    first = due.order_by(kind.since, "pk").values_list(kind.since, flat=True).first()
    return Outlook(kind, days, reason, count=due.count(), oldest=first)
