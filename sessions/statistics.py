"""Used hours by purpose, for the status meeting (rule R7)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Sum

from clients.models import Organisation, Provider
from sessions.models import PastWork, Purpose, Session
from sessions.models.sessions import POSTED

NAMES = ("id", "code", "name_en", "name_sv", "position")


@dataclass(frozen=True)
class PurposeUse:
    """What one purpose took: charged minutes, in so many sessions."""

    purpose: Purpose
    minutes: int
    sessions: int


def used_by_purpose(*, organisation: Organisation, first: date, last: date) -> list[PurposeUse]:
    """Charged minutes by purpose of the sessions begun from `first` to `last` (provider's dates), most first (rule R7).

    Counted are hours that were confirmed or settled, and sessions from before that were imported with a purpose. Two
    queries besides the provider's zone.
    """
    zone = Provider.objects.get().zone
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    used = Session.objects.filter(organisation=organisation, state__in=POSTED, started_at__gte=begin, started_at__lt=end)
    past = PastWork.objects.filter(organisation=organisation, worked_on__gte=first, worked_on__lte=last, purpose__isnull=False)
    totals: dict[Purpose, list[int]] = defaultdict(lambda: [0, 0])
    for row in (*_by_purpose(used), *_by_purpose(past)):
        purpose = Purpose(**{name: row[f"purpose__{name}"] for name in NAMES})
        totals[purpose][0] += row["minutes"]
        totals[purpose][1] += row["sessions"]
    uses = [PurposeUse(purpose, minutes, sessions) for purpose, (minutes, sessions) in totals.items()]
    return sorted(uses, key=lambda use: (-use.minutes, use.purpose.position))


def _by_purpose(work: QuerySet[Any]) -> list[dict[str, Any]]:
    named = work.values(*(f"purpose__{name}" for name in NAMES))
    return list(named.annotate(minutes=Sum("charged_minutes"), sessions=Count("pk")))
