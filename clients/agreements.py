"""Which agreement is in force for a client on a day (rule P3)."""

from datetime import date, datetime

from django.db.models import Q

from clients.models import Agreement, Organisation, Provider


def in_force(organisation: Organisation, *, on: date) -> Agreement | None:
    """The agreement that covers `on`, the provider's local date; None where only the provider's terms apply."""
    covering = Agreement.objects.filter(Q(ends_on=None) | Q(ends_on__gt=on), organisation=organisation, starts_on__lte=on)
    return covering.order_by("-starts_on").first()


def local_date(at: datetime) -> date:
    """The provider's calendar date at the instant `at`: the date of postings, expiry and invoices."""
    return at.astimezone(Provider.objects.get().zone).date()
