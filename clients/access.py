"""Who may do what (rules: People). Predicates; what a person may *see* are the `visible_to` querysets."""

from django.db.models import Q, QuerySet

from clients.models import MemberRole, Organisation, StaffDuty, person_duties
from people.models import Person


def has_duty(person: Person, *duties: StaffDuty) -> bool:
    """Whether `person` has any of the `duties` with the provider."""
    return not person_duties(person).isdisjoint(duties)


def is_provider_staff(person: Person) -> bool:
    """Whether `person` works for the provider."""
    return bool(person_duties(person))


def is_member(person: Person, organisation: Organisation) -> bool:
    """Whether `person` belongs to the client `organisation`, in any role."""
    return any(membership.organisation_id == organisation.pk for membership in person.memberships.all())


def is_approver(person: Person, organisation: Organisation) -> bool:
    """Whether `person` may top up, confirm hours and accept costs for `organisation`."""
    return any(
        membership.organisation_id == organisation.pk and membership.role == MemberRole.APPROVER for membership in person.memberships.all()
    )


def manages(person: Person, organisation: Organisation) -> bool:
    """Whether `person` is the account manager of `organisation`, or the deputy."""
    return person.pk in (organisation.account_manager_id, organisation.deputy_manager_id) and has_duty(person, StaffDuty.ACCOUNT_MANAGER)


def approvers(organisation: Organisation) -> QuerySet[Person]:
    """The people who decide for `organisation` and can sign in."""
    deciding = Person.objects.filter(memberships__organisation=organisation, memberships__role=MemberRole.APPROVER)
    return deciding.filter(is_active=True).order_by("pk")


def managers(organisation: Organisation) -> QuerySet[Person]:
    """The account manager and the deputy of `organisation`, where they can sign in."""
    managing = Person.objects.filter(Q(pk=organisation.account_manager_id) | Q(pk=organisation.deputy_manager_id))
    return managing.filter(is_active=True).order_by("pk")


def staff(duty: StaffDuty) -> QuerySet[Person]:
    """Everybody of the provider with this duty who can sign in."""
    return Person.objects.filter(staff_roles__duty=duty, is_active=True).order_by("pk")
