"""Who may do what (rules: People). Predicates; what a person may *see* are the `visible_to` querysets."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet

from clients.agreements import local_date
from clients.models import Deputyship, MemberRole, Membership, Organisation, Provider, StaffDuty, person_duties
from people.models import Person

A_DAY = timedelta(days=1)
ACTING = (MemberRole.REQUESTER, MemberRole.APPROVER)
"""The roles that do something; a reader sees, and acts on nothing."""


@dataclass(frozen=True)
class Voice:
    """`person` decides for an organisation in the right of an approver: their own, or that of whom they deputise for.

    Up to `limit`, a sum without VAT, that right decides alone; None: whatever the sum.
    """

    organisation_id: int
    person: Person
    approver_id: int
    limit: Decimal | None


@dataclass(frozen=True)
class Yes:
    """`person` agreed to something of an organisation's at `at`, in the rights that they decided in then."""

    organisation_id: int
    person: Person
    at: datetime


def has_duty(person: Person, *duties: StaffDuty) -> bool:
    """Whether `person` has any of the `duties` with the provider."""
    return not person_duties(person).isdisjoint(duties)


def is_provider_staff(person: Person) -> bool:
    """Whether `person` works for the provider."""
    return bool(person_duties(person))


def is_member(person: Person, organisation: Organisation) -> bool:
    """Whether `person` belongs to the client `organisation`, in any role."""
    return any(membership.organisation_id == organisation.pk for membership in person.memberships.all())


def acts_for(person: Person, organisation: Organisation) -> bool:
    """Whether `person` may do anything for the client `organisation`: a member who is more than a reader."""
    return any(membership.organisation_id == organisation.pk and membership.role in ACTING for membership in person.memberships.all())


def is_approver(person: Person, organisation: Organisation, *, at: datetime) -> bool:
    """Whether `person` may top up, confirm hours and accept costs for `organisation`: an approver, or at `at` the deputy of one."""
    return is_approver_by_role(person, organisation) or deputises(person, organisation, at=at)


def is_approver_by_role(person: Person, organisation: Organisation) -> bool:
    """Whether `person` decides for `organisation` in their own right, not as somebody's deputy."""
    return any(
        membership.organisation_id == organisation.pk and membership.role == MemberRole.APPROVER for membership in person.memberships.all()
    )


def deputises(person: Person, organisation: Organisation, *, at: datetime) -> bool:
    """Whether `person`, a member who is no reader, is at `at` the deputy of somebody who decides for `organisation` in their own right.

    So nobody is the deputy of a deputy: what was only lent cannot be lent on.
    """
    return acts_for(person, organisation) and organisation.pk in _lent_to(person, [organisation.pk], at=at)


def decides_for(person: Person, *, at: datetime) -> set[int]:
    """The numbers of the organisations for which `is_approver` is true of `person` at `at`, for lists. Two queries at most."""
    mine = {membership.organisation_id: membership.role for membership in person.memberships.all() if membership.role in ACTING}
    deciding = {organisation for organisation, role in mine.items() if role == MemberRole.APPROVER}
    return deciding if len(deciding) == len(mine) else deciding | _lent_to(person, mine, at=at)


def deputyships(organisation: Organisation, *, at: datetime) -> QuerySet[Deputyship]:
    """The deputyships in force at `at` for `organisation`, by the provider's local date, of approvers who still are."""
    today = local_date(at)
    deciding = organisation.memberships.filter(role=MemberRole.APPROVER, person__is_active=True)
    lent = organisation.deputyships.filter(approver__in=deciding.values("person"), ended_at=None)
    return lent.filter(first_on__lte=today, last_on__gte=today)


def voices(organisations: Iterable[int], *, at: datetime) -> list[Voice]:
    """Who decides for these organisations at `at` and can sign in: one for each right they decide in. Three queries at most.

    Approvers come first, by name, then deputies.
    """
    wanted = set(organisations)
    approving = Membership.objects.filter(organisation__in=wanted, role=MemberRole.APPROVER, person__is_active=True)
    own = [
        Voice(membership.organisation_id, membership.person, membership.person_id, membership.approval_limit)
        for membership in approving.select_related("person").order_by("person__name", "pk")
    ]
    rights = {(voice.organisation_id, voice.approver_id): voice for voice in own}
    places = Q(deputy__memberships__organisation=F("organisation"), deputy__memberships__role__in=ACTING)
    lent = Deputyship.objects.filter(_around(at), places, organisation__in=wanted, deputy__is_active=True)
    deputies = [
        replace(rights[deputyship.organisation_id, deputyship.approver_id], person=deputyship.deputy)
        for deputyship in _in_force(lent.select_related("deputy").order_by("deputy__name", "pk"), at)
        if (deputyship.organisation_id, deputyship.approver_id) in rights
    ]
    return own + deputies


def lent_then(yeses: Iterable[Yes]) -> dict[Yes, set[int]]:
    """The approvers, by number, whose deputy each of these people was when they agreed. Two queries at most, for any number.

    A deputyship that was ended at that very instant was ended after the yes: nobody agrees in a right they do not have.
    """
    given: dict[Yes, set[int]] = {yes: set() for yes in yeses}
    if not given:
        return given
    lent = list(
        Deputyship.objects.filter(organisation__in={yes.organisation_id for yes in given}, deputy__in={yes.person.pk for yes in given})
    )
    zone = Provider.objects.get().zone if lent else UTC
    for yes, approvers_then in given.items():
        on = yes.at.astimezone(zone).date()
        approvers_then |= {deputyship.approver_id for deputyship in lent if _was_lent(deputyship, yes, on)}
    return given


def manages(person: Person, organisation: Organisation) -> bool:
    """Whether `person` is the account manager of `organisation`, or the deputy."""
    return person.pk in (organisation.account_manager_id, organisation.deputy_manager_id) and has_duty(person, StaffDuty.ACCOUNT_MANAGER)


def approvers(organisation: Organisation, *, at: datetime) -> QuerySet[Person]:
    """The people who decide for `organisation` at `at` and can sign in: approvers, and deputies of theirs who are members."""
    lent = Q(role__in=ACTING, person__in=deputyships(organisation, at=at).values("deputy"))
    members = organisation.memberships.filter(Q(role=MemberRole.APPROVER) | lent)
    return Person.objects.filter(pk__in=members.values("person"), is_active=True).order_by("pk")


def managers(organisation: Organisation) -> QuerySet[Person]:
    """The account manager and the deputy of `organisation`, where they can sign in."""
    managing = Person.objects.filter(Q(pk=organisation.account_manager_id) | Q(pk=organisation.deputy_manager_id))
    return managing.filter(is_active=True).order_by("pk")


def staff(duty: StaffDuty) -> QuerySet[Person]:
    """Everybody of the provider with this duty who can sign in."""
    return Person.objects.filter(staff_roles__duty=duty, is_active=True).order_by("pk")


def _lent_to(person: Person, organisations: Iterable[int], *, at: datetime) -> set[int]:
    """Those of the organisations, by number, for which `person` is at `at` the deputy of an approver who still is one."""
    approving = Q(
        approver__is_active=True, approver__memberships__role=MemberRole.APPROVER, approver__memberships__organisation=F("organisation")
    )
    lent = Deputyship.objects.filter(_around(at), approving, deputy=person, organisation__in=list(organisations))
    return {deputyship.organisation_id for deputyship in _in_force(lent, at)}


def _was_lent(deputyship: Deputyship, yes: Yes, on: date) -> bool:
    """Whether the yes, on the provider's local date `on`, could be given in what this deputyship lends."""
    theirs = (deputyship.organisation_id, deputyship.deputy_id) == (yes.organisation_id, yes.person.pk)
    not_ended = deputyship.ended_at is None or deputyship.ended_at >= yes.at
    return theirs and not_ended and deputyship.first_on <= on <= deputyship.last_on


def _around(at: datetime) -> Q:
    """Deputyships that were not ended and may be in force at `at`, whatever the provider's zone."""
    today = at.astimezone(UTC).date()
    return Q(first_on__lte=today + A_DAY, last_on__gte=today - A_DAY, ended_at=None)


def _in_force(deputyships: Iterable[Deputyship], at: datetime) -> list[Deputyship]:
    """Those whose days include the provider's local date at `at`, which is asked for only where there are any."""
    found = list(deputyships)
    today = local_date(at) if found else None
    return [deputyship for deputyship in found if today is not None and deputyship.first_on <= today <= deputyship.last_on]
