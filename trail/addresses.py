"""How long network addresses are kept: their purpose ends sooner than that of the log."""

from datetime import datetime, timedelta

from django.conf import settings

from trail.models import Whereabouts

AT_ONCE = 10_000


def forget_due(*, at: datetime) -> int:
    """Remove the network addresses that are older than AUDIT_ADDRESS_DAYS; returns how many. The entries stay."""
    return forget_before(at - timedelta(days=settings.AUDIT_ADDRESS_DAYS))


def forget_before(instant: datetime) -> int:
    """Remove the network addresses of what happened before `instant`, at most 10,000 at a time."""
    old = list(Whereabouts.objects.filter(at__lt=instant).order_by("at").values_list("pk", flat=True)[:AT_ONCE])
    return Whereabouts.objects.filter(pk__in=old).delete()[0]
