"""A client whose agreement has ended and was wound up loses its access last of all (rule P5).

Its people can fetch everything until then (`dashboard.client_archive`). Afterwards none of them belongs to it any more: they see
nothing of it, their calendars say so, open invitations lead nowhere, and mail from its domains is a stranger's. What they
did stays, and so do the books. An administrator can invite somebody again.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients import agreements, members
from clients.access import has_duty, manages
from clients.models import Agreement, Organisation, StaffDuty
from core.errors import DomainError, NotAllowed
from people.models import Person


class StillBound(DomainError):
    """Its agreement runs, is followed by another, or is not wound up."""

    message = _("The client’s agreement is not wound up, or another one follows it, so its people keep their access. Nothing has changed.")


def has_parted(organisation: Organisation, *, at: datetime) -> bool:
    """Whether an agreement of the client's was wound up, and no other runs or is to begin."""
    today = agreements.local_date(at)
    theirs = Agreement.objects.filter(organisation=organisation)
    if theirs.filter(Q(ends_on=None) | Q(ends_on__gt=today)).exists() or agreements.to_wind_up(on=today).filter(pk__in=theirs).exists():
        return False
    return theirs.filter(wound_up_at__isnull=False).exists()


def may_part(person: Person, organisation: Organisation) -> bool:
    """Whether `person` may end the access of the client's people: its account manager, or an administrator."""
    return person.is_active and (manages(person, organisation) or has_duty(person, StaffDuty.ADMINISTRATOR))


@transaction.atomic
def part(organisation: Organisation, *, by: Person, at: datetime) -> int:
    """End the access of all of the client's people (rule P5); how many had one. Twice is harmless. Raises NotAllowed, StillBound."""
    if not may_part(by, organisation):
        raise NotAllowed
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation.pk)
    if not has_parted(organisation, at=at):
        raise StillBound
    for domain in organisation.domains.select_for_update():
        domain.delete()
    return members.end_all(organisation, by=by, at=at)
