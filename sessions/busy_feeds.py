"""A technician's own calendar, named by its secret address, whose busy times take no bookings (rule R2)."""

from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import sealing
from core.errors import DomainError, NotAllowed
from people.models import Person
from sessions import hours
from sessions.models import BusyFeed, BusyTime, Technician

__all__ = ["BadAddress", "NotAllowed", "forget_address", "name_address"]

LONGEST_HOST = 253


class BadAddress(DomainError):
    """What was named is not an address that we may read a calendar at."""

    message = _("That is not the address of a calendar: it begins with https:// and names a host. Nothing has changed.")


@transaction.atomic
def name_address(*, technician: Technician, url: str, by: Person, at: datetime) -> BusyFeed:
    """Read busy times at this address from now on, instead of at the one before. Raises NotAllowed, BadAddress."""
    _check(technician, by)
    host = _host(url.strip())
    sealed = sealing.seal(url.strip(), context=f"technician:{technician.pk}:busy-feed")
    fresh = {"etag": "", "last_modified": "", "read_at": None, "failing_since": None, "failure": ""}
    feed, _made = BusyFeed.objects.update_or_create(
        technician=technician, defaults={"sealed_url": sealed, "host": host, "named_at": at, "due_at": at, **fresh}
    )
    return feed


@transaction.atomic
def forget_address(*, technician: Technician, by: Person, at: datetime) -> None:
    """Forget the address, and what was read at it: those times are open again. Raises NotAllowed."""
    _check(technician, by)
    BusyFeed.objects.filter(technician=technician).delete()
    BusyTime.objects.filter(technician=technician).delete()


def _check(technician: Technician, by: Person) -> None:
    if not hours.editable_by(by).filter(pk=technician.pk).exists():
        raise NotAllowed


def _host(url: str) -> str:
    """The host that an https address names. Raises BadAddress."""
    try:
        found = urlsplit(url)
        named = found.hostname
    except ValueError:
        raise BadAddress from None
    if found.scheme != "https" or not named or len(named) > LONGEST_HOST:
        raise BadAddress
    return named
