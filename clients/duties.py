"""Duties of the provider's people: given and taken by administrators (rules: People).

Nobody gives a duty to themselves. The last administrator stays one. The duty of an administrator opens the administration; no
other does. Who has no duty left is signed out everywhere.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients import reasons
from clients.access import has_duty
from clients.models import Organisation, Provider, StaffDuty, StaffRole
from core.errors import DomainError, NotAllowed
from people.models import Person


class GivesThemselves(DomainError):
    """Nobody gives themselves a duty."""

    message = _("You cannot give yourself a duty. Ask another administrator. Nothing has changed.")


class LastAdministrator(DomainError):
    """Nobody would look after the installation any more."""

    message = _("Somebody has to be an administrator. Give the duty to somebody else first. Nothing has changed.")


class NotOfOurs(DomainError):
    """Duties are given to people of ours; others are invited."""

    message = _("This person is not one of ours. Invite them. Nothing has changed.")


class LooksAfterClients(DomainError):
    """Clients would be left without their account manager."""

    def __init__(self, *, clients: int) -> None:
        super().__init__(clients)
        self.clients = clients

    @property
    def message(self) -> str:
        """The sentence with their number."""
        text = ngettext(
            "This person still looks after %(clients)s client. Name another account manager there first. Nothing has changed.",
            "This person still looks after %(clients)s clients. Name another account manager there first. Nothing has changed.",
            self.clients,
        )
        return text % {"clients": self.clients}


def people() -> QuerySet[Person]:
    """The provider's people, by name."""
    return Person.objects.filter(staff_roles__isnull=False).distinct().order_by("name", "pk")


@transaction.atomic
def give(*, person: Person, duty: StaffDuty, reason: str, by: Person) -> StaffRole:
    """Give a duty to one of ours; again changes nothing. Raises NotAllowed, GivesThemselves, NotOfOurs, ReasonMissing."""
    reason = reasons.checked(reason)
    _check(by)
    has = StaffRole.objects.filter(person=person, duty=duty).first()
    if has is not None:
        return has
    if person == by:
        raise GivesThemselves
    if not StaffRole.objects.filter(person=person).exists():
        raise NotOfOurs
    return assign(person, duty, reason)


@transaction.atomic
def take(*, role: StaffRole, reason: str, by: Person, at: datetime) -> None:
    """Take a duty away; one's own too, but not that of the last administrator. What was taken before stays so.

    Raises NotAllowed, LastAdministrator, LooksAfterClients(clients), ReasonMissing.
    """
    reason = reasons.checked(reason)
    _check(by)
    found = StaffRole.objects.select_related("person").filter(pk=role.pk).first()
    if found is None:
        return
    person = found.person
    if found.duty == StaffDuty.ADMINISTRATOR and not other_administrators(person).exists():
        raise LastAdministrator
    if found.duty == StaffDuty.ACCOUNT_MANAGER:
        cared = Organisation.objects.filter(Q(account_manager=person) | Q(deputy_manager=person)).count()
        if cared:
            raise LooksAfterClients(clients=cared)
    reasons.because(found, reason)
    found.delete()
    if found.duty == StaffDuty.ADMINISTRATOR:
        Person.objects.filter(pk=person.pk).update(is_staff=False, is_superuser=False)
    if not StaffRole.objects.filter(person=person).exists():
        person.sign_out_everywhere()


def assign(person: Person, duty: StaffDuty, reason: str) -> StaffRole:
    """Write a duty down, and open the administration to an administrator. For verbs that have asked whether it may be."""
    role = StaffRole.objects.filter(person=person, duty=duty).first()
    if role is None:
        role = StaffRole(person=person, duty=duty)
        reasons.because(role, reason)
        role.save()
    if duty == StaffDuty.ADMINISTRATOR:
        Person.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    return role


def other_administrators(person: Person) -> QuerySet[Person]:
    """Administrators besides `person` who can sign in."""
    return Person.objects.filter(staff_roles__duty=StaffDuty.ADMINISTRATOR, is_active=True).exclude(pk=person.pk)


def lock() -> None:
    """Duties are given and taken one after the other."""
    Provider.objects.select_for_update(no_key=True).filter(pk=1).first()


def _check(by: Person) -> None:
    lock()
    if not has_duty(Person.objects.get(pk=by.pk), StaffDuty.ADMINISTRATOR):
        raise NotAllowed
