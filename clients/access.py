"""Who may do what (rules: People). Predicates; what a person may *see* are the `visible_to` querysets."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from clients.agreements import local_date
from clients.models import Deputyship, MemberRole, Organisation, StaffDuty, person_duties
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


def is_approver(person: Person, organisation: Organisation, *, at: datetime) -> bool:
    """Whether `person` may top up, confirm hours and accept costs for `organisation`: an approver, or at `at` the deputy of one."""
    return is_approver_by_role(person, organisation) or deputises(person, organisation, at=at)


def is_approver_by_role(person: Person, organisation: Organisation) -> bool:
    """Whether `person` decides for `organisation` in their own right, not as somebody's deputy."""
    return any(
        membership.organisation_id == organisation.pk and membership.role == MemberRole.APPROVER for membership in person.memberships.all()
    )


def deputises(person: Person, organisation: Organisation, *, at: datetime) -> bool:
    """Whether `person`, a member, is at `at` the deputy of somebody who decides for `organisation` in their own right.

    So nobody is the deputy of a deputy: what was only lent cannot be lent on.
    """
    return is_member(person, organisation) and deputyships(organisation, at=at).filter(deputy=person).exists()


def decides_for(person: Person, *, at: datetime) -> set[int]:
    """The numbers of the organisations for which `is_approver` is true of `person` at `at`, for lists. Two queries at most."""
    mine = {membership.organisation_id: membership.role for membership in person.memberships.all()}
    deciding = {organisation for organisation, role in mine.items() if role == MemberRole.APPROVER}
    if len(deciding) < len(mine):
        today = local_date(at)
        lent = Deputyship.objects.filter(deputy=person, organisation__in=mine, first_on__lte=today, last_on__gte=today, ended_at=None)
        approving = Q(
            approver__is_active=True, approver__memberships__role=MemberRole.APPROVER, approver__memberships__organisation=F("organisation")
        )
        deciding |= set(lent.filter(approving).values_list("organisation", flat=True))
    return deciding


def deputyships(organisation: Organisation, *, at: datetime) -> QuerySet[Deputyship]:
    """The deputyships in force at `at` for `organisation`, by the provider's local date, of approvers who still are."""
    today = local_date(at)
    deciding = organisation.memberships.filter(role=MemberRole.APPROVER, person__is_active=True)
    return Deputyship.objects.filter(
        organisation=organisation, first_on__lte=today, last_on__gte=today, ended_at=None, approver__in=deciding.values("person")
    )


def manages(person: Person, organisation: Organisation) -> bool:
    """Whether `person` is the account manager of `organisation`, or the deputy."""
    return person.pk in (organisation.account_manager_id, organisation.deputy_manager_id) and has_duty(person, StaffDuty.ACCOUNT_MANAGER)


def approvers(organisation: Organisation, *, at: datetime) -> QuerySet[Person]:
    """The people who decide for `organisation` at `at` and can sign in: approvers, and deputies of theirs who are members."""
    members = organisation.memberships.filter(Q(role=MemberRole.APPROVER) | Q(person__in=deputyships(organisation, at=at).values("deputy")))
    return Person.objects.filter(pk__in=members.values("person"), is_active=True).order_by("pk")


def managers(organisation: Organisation) -> QuerySet[Person]:
    """The account manager and the deputy of `organisation`, where they can sign in."""
    managing = Person.objects.filter(Q(pk=organisation.account_manager_id) | Q(pk=organisation.deputy_manager_id))
    return managing.filter(is_active=True).order_by("pk")


def staff(duty: StaffDuty) -> QuerySet[Person]:
    """Everybody of the provider with this duty who can sign in."""
    return Person.objects.filter(staff_roles__duty=duty, is_active=True).order_by("pk")
