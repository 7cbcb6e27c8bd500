"""Used hours by purpose, for the status meeting (rule R7)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Sum

from clients.models import Organisation, Provider
from sessions.models import Purpose, Session
from sessions.models.sessions import POSTED


@dataclass(frozen=True)
class PurposeUse:
    """What one purpose took: charged minutes, in so many sessions."""

    purpose: Purpose
    minutes: int
    sessions: int


def used_by_purpose(*, organisation: Organisation, first: date, last: date) -> list[PurposeUse]:
    """Charged minutes by purpose of the sessions begun from `first` to `last` (provider's dates), most first (rule R7).

    Counted are hours that were confirmed or settled; one query besides the provider's zone.
    """
    zone = Provider.objects.get().zone
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    used = Session.objects.filter(organisation=organisation, state__in=POSTED, started_at__gte=begin, started_at__lt=end)
    rows = used.values("purpose", "purpose__code", "purpose__name_en", "purpose__name_sv", "purpose__position").annotate(
        minutes=Sum("charged_minutes"), sessions=Count("pk")
    )
    return [
        PurposeUse(
            purpose=Purpose(
                pk=row["purpose"],
                code=row["purpose__code"],
                name_en=row["purpose__name_en"],
                name_sv=row["purpose__name_sv"],
                position=row["purpose__position"],
            ),
            minutes=row["minutes"],
            sessions=row["sessions"],
        )
        for row in rows.order_by("-minutes", "purpose__position")
    ]
