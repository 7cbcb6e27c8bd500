"""Mail domains that belong to a client (rule S8): who writes from one counts as known, and reads nothing by that."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from clients.access import has_duty, manages
from clients.models import Organisation, StaffDuty, VerifiedDomain
from core.errors import DomainError, NotAllowed
from people.models import Person

OPEN_TO_ALL = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.se", "live.com", "live.se", "msn.com", "yahoo.com"),
        *("yahoo.se", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.com", "gmx.net", "web.de", "proton.me", "protonmail.com"),
        *("telia.com", "comhem.se", "bredband.net", "spray.se", "passagen.se", "mail.com", "zoho.com"),
    }
)
"""Where anybody can have an address."""

_DOMAIN = re.compile(r"(?=.{4,190}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)


class DomainUnfit(DomainError):
    """It is no domain, or one at which anybody can have an address."""

    message = _("That is no domain of a business, such as example.se. Nothing has changed.")


class DomainTaken(DomainError):
    """The domain belongs to a client already."""

    message = _("That domain belongs to a client already. Nothing has changed.")


@transaction.atomic
def verify(organisation: Organisation, domain: str, *, by: Person, at: datetime) -> VerifiedDomain:
    """Let mail from `domain` count as the organisation's (rule S8). Raises NotAllowed, DomainUnfit, DomainTaken."""
    _check(organisation, by)
    name = _name(domain)
    try:
        with transaction.atomic():
            return VerifiedDomain.objects.create(organisation=organisation, domain=name, verified_at=at, verified_by=by)
    except IntegrityError:
        known = VerifiedDomain.objects.filter(domain=name, organisation=organisation).first()
        if known is None:
            raise DomainTaken from None
        return known


@transaction.atomic
def forget(domain: VerifiedDomain, *, by: Person) -> None:
    """Let mail from the domain count no longer. Raises NotAllowed."""
    _check(domain.organisation, by)
    for known in VerifiedDomain.objects.select_for_update().filter(pk=domain.pk):
        known.delete()


def owner_of(address: str) -> Organisation | None:
    """The organisation whose verified domain `address` is of, to the letter: a subdomain is another domain."""
    _local, _at, domain = address.lower().rpartition("@")
    found = VerifiedDomain.objects.filter(domain=domain).select_related("organisation").first()
    return found.organisation if found else None


def may_verify(organisation: Organisation, person: Person) -> bool:
    """Whether `person` decides which domains are the organisation's: administrators, and its account manager."""
    return person.is_active and (has_duty(person, StaffDuty.ADMINISTRATOR) or manages(person, organisation))


def _check(organisation: Organisation, by: Person) -> None:
    if not may_verify(organisation, by):
        raise NotAllowed


def _name(typed: str) -> str:
    """The domain in its ASCII form, in lower case."""
    try:
        name = typed.strip().lower().rpartition("@")[2].strip(".").encode("idna").decode("ascii")
    except UnicodeError:
        raise DomainUnfit from None
    if not _DOMAIN.fullmatch(name) or name in OPEN_TO_ALL:
        raise DomainUnfit
    return name
