"""The reference rates that interest is counted by: one a half-year, written down by finance or an administrator (rule I5)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from clients.access import has_duty
from clients.agreements import local_date
from clients.models import Provider, StaffDuty
from core.errors import NotAllowed
from invoicing.models import ReferenceRate
from people.models import Person


@transaction.atomic
def write_down(*, year: int, half: int, percent: Decimal, by: Person, at: datetime) -> ReferenceRate:
    """The rate of a half-year; another one instead of one that was wrong. What was charged before stays. Raises NotAllowed."""
    if not (by.is_active and has_duty(by, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)):
        raise NotAllowed
    Provider.objects.select_for_update().get(pk=1)
    row = ReferenceRate.objects.filter(year=year, half=half).first() or ReferenceRate(year=year, half=half)
    if row._state.adding or row.percent != percent:
        row.percent = percent
        row._history_user, row._history_date = by, at  # type: ignore[attr-defined]  # how django-simple-history takes them
        row.save()
    return row


def known() -> QuerySet[ReferenceRate]:
    """All that are known, the latest first."""
    return ReferenceRate.objects.order_by("-year", "-half")


def missing(at: datetime) -> date | None:
    """The first day of this half-year, where its rate is not known."""
    today = local_date(at)
    half = 1 if today.month < 7 else 2
    if ReferenceRate.objects.filter(year=today.year, half=half).exists():
        return None
    return date(today.year, 1 if half == 1 else 7, 1)
