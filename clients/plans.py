"""Plans as they are offered: publishing, withdrawing, and the people on call that a plan needs (rules P2, S18).

A plan that promises something around the clock needs somebody on call. It is not published before there is anybody, and
the last one does not leave while it is.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.access import has_duty, is_provider_staff
from clients.models import AgreementTarget, OnCallRota, Plan, PlanTarget, StaffDuty
from core.errors import DomainError, NotAllowed
from people.models import Person

AROUND_THE_CLOCK = Q(response_calendar__always_open=True) | Q(solution_calendar__always_open=True)


class RotaEmpty(DomainError):
    """Nobody is on call for what the plan promises around the clock (rule S18)."""

    def __init__(self, *, rotas: Iterable[OnCallRota]) -> None:
        super().__init__(rotas)
        self.rotas = list(rotas)

    @property
    def message(self) -> str:
        """The sentence with the rotas."""
        names = ", ".join(rota.name for rota in self.rotas)
        return _("Nobody is on call in: %(rotas)s. Put somebody on it, then publish the plan. Nothing has changed.") % {"rotas": names}


class RotaMissing(DomainError):
    """A target around the clock names no rota (rule S18)."""

    message = _("A target around the clock names nobody who is on call. Choose a rota for it first. Nothing has changed.")


class PlanMoved(DomainError):
    """The plan was published, or withdrawn, by somebody else meanwhile."""

    message = _("That had been done already. Nothing has changed.")


def published() -> QuerySet[Plan]:
    """The plans that are offered, in the order of the profile."""
    return Plan.objects.exclude(published_at=None).order_by("position", "code")


def visible_to(person: object) -> QuerySet[Plan]:
    """The plans whose page a reader may open: those published, and all for the provider's people. Anybody may ask."""
    staff = isinstance(person, Person) and is_provider_staff(person)
    return Plan.objects.order_by("position", "code") if staff else published()


@transaction.atomic
def publish(*, plan: Plan, by: Person, at: datetime) -> Plan:
    """Offer a plan to clients (rule S18). Raises NotAllowed, RotaMissing, RotaEmpty, PlanMoved."""
    _may(by)
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    refuse_without_people(plan)
    if not Plan.objects.filter(pk=plan.pk, published_at=None).update(published_at=at):
        raise PlanMoved
    return _remembered(plan, by)


@transaction.atomic
def withdraw(*, plan: Plan, by: Person, at: datetime) -> Plan:
    """Offer a plan no more; whoever has it keeps it. Raises NotAllowed, PlanMoved."""
    _may(by)
    if not Plan.objects.filter(pk=plan.pk).exclude(published_at=None).update(published_at=None):
        raise PlanMoved
    return _remembered(plan, by)


def refuse_without_people(plan: Plan) -> None:
    """Raises RotaMissing where a target around the clock names no rota, RotaEmpty where nobody is on it. Locks the rotas."""
    if plan.targets.filter(AROUND_THE_CLOCK, rota=None).exists() or (plan.outage_phone and plan.outage_rota_id is None):
        raise RotaMissing
    if empty := [rota for rota in OnCallRota.objects.select_for_update().filter(pk__in=_rotas_of(plan)) if not has_people(rota)]:
        raise RotaEmpty(rotas=empty)


def waits_for(plan: Plan) -> list[OnCallRota]:
    """The rotas that need people before the plan can be published."""
    return [rota for rota in OnCallRota.objects.filter(pk__in=_rotas_of(plan)).select_related("lead") if not has_people(rota)]


def has_people(rota: OnCallRota) -> bool:
    """Whether anybody who can sign in is on the rota: a member, or its lead."""
    if rota.lead is not None and rota.lead.is_active:
        return True
    return rota.members.filter(person__is_active=True).exists()


def was_withdrawn(plan: Plan) -> bool:
    """Whether somebody, and not a profile, withdrew the plan: then a profile does not publish it again."""
    offered = plan.history.exclude(published_at=None).order_by("-history_date", "-history_id").first()
    after = None if offered is None else offered.next_record
    return after is not None and after.history_user_id is not None


def needs_people(rota: OnCallRota) -> bool:
    """Whether a published plan, or an agreement's own target, promises something around the clock by this rota (rule S18).

    Then its last person cannot leave it.
    """
    offered = Plan.objects.exclude(published_at=None)
    targets = (PlanTarget.objects.filter(plan__in=offered), AgreementTarget.objects.all())
    return offered.filter(outage_rota=rota).exists() or any(found.filter(AROUND_THE_CLOCK, rota=rota).exists() for found in targets)


def _rotas_of(plan: Plan) -> set[int]:
    """The keys of the rotas that the plan needs: of its 24/7 targets, and of its path for outages."""
    found = set(plan.targets.filter(AROUND_THE_CLOCK).exclude(rota=None).values_list("rota", flat=True))
    return found | ({plan.outage_rota_id} if plan.outage_rota_id else set())


def _may(by: Person) -> None:
    if not has_duty(by, StaffDuty.ADMINISTRATOR):
        raise NotAllowed


def _remembered(plan: Plan, by: Person) -> Plan:
    """A line of history with who did it: a guarded UPDATE leaves none by itself."""
    plan.refresh_from_db()
    plan._history_user = by  # type: ignore[attr-defined]  # how django-simple-history takes who did it
    plan.save(update_fields=["published_at"])
    return plan
