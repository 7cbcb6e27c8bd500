"""What a plan costs, and when it costs something else: prices change with notice (rule P3)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import reasons
from clients.access import has_duty
from clients.agreements import local_date
from clients.models import AgreementPlan, Plan, PlanFee, StaffDuty
from core.errors import DomainError, NotAllowed
from core.formatting import day
from people.models import Person


class NoticeTooShort(DomainError):
    """Clients have the plan, and the other fee would begin before the notice is over (rule P3)."""

    def __init__(self, *, earliest: date) -> None:
        super().__init__(earliest)
        self.earliest = earliest

    @property
    def message(self) -> str:
        """The sentence with the first day that is late enough."""
        return _("Clients have this plan. Another fee can begin on %(earliest)s at the earliest. Nothing has changed.") % {
            "earliest": day(self.earliest)
        }


@dataclass(frozen=True, kw_only=True)
class OtherFee:
    """What a plan is to cost per period (none where it is free), from a provider's local date on, and why."""

    fee: Money
    per: str
    starts_on: date
    reason: str


def fee_on(plan: Plan, *, on: date) -> tuple[Money, str]:
    """The fee and its period on the provider's local date `on`. A fee of nothing has no period."""
    announced = plan.fees.filter(starts_on__lte=on).order_by("-starts_on").first()
    return (announced.fee, announced.fee_period) if announced else (plan.fee, plan.fee_period)


def announced_after(plan: Plan, *, on: date) -> PlanFee | None:
    """The next fee that is announced for a date after `on`."""
    return plan.fees.filter(starts_on__gt=on).order_by("starts_on").first()


def earliest(plan: Plan, *, on: date) -> date:
    """From when another fee may hold that is announced on `on`: with notice where clients have the plan, else at once."""
    bound = AgreementPlan.objects.filter(plan=plan).exclude(agreement__ends_on__lte=on).exists()
    return on + timedelta(days=plan.price_notice_days) if bound else on


@transaction.atomic
def announce(*, plan: Plan, other: OtherFee, by: Person, at: datetime) -> PlanFee:
    """Announce another fee for a plan (rule P3). Raises NotAllowed, ReasonMissing, NoticeTooShort."""
    reason = reasons.checked(other.reason)
    if not has_duty(by, StaffDuty.ADMINISTRATOR, StaffDuty.FINANCE):
        raise NotAllowed
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if other.starts_on < (first := earliest(plan, on=local_date(at))):
        raise NoticeTooShort(earliest=first)
    return _announced(plan, other.fee, other.per, other.starts_on, at, reason=reason)


def changed_with_profile(*, plan: Plan, wanted: Plan, source: str, at: datetime) -> PlanFee | None:
    """The fee that a profile wants for a plan that clients have: announced with notice, at the earliest date. None: at once.

    Where it is the fee that holds, or is announced already, nothing changes.
    """
    on = local_date(at)
    first = earliest(plan, on=on)
    last = plan.fees.order_by("-starts_on").first()
    known = (last.fee, last.fee_period) if last else (plan.fee, plan.fee_period)
    if first == on and last is None:
        return None
    wanted_fee = (wanted.fee, wanted.fee_period)
    wanted.fee, wanted.fee_period = plan.fee, plan.fee_period
    return None if known == wanted_fee else _announced(plan, *wanted_fee, first, at, reason=source[: reasons.LONGEST])


def _announced(plan: Plan, fee: Money, per: str, starts_on: date, at: datetime, *, reason: str) -> PlanFee:
    row = plan.fees.filter(starts_on=starts_on).first() or PlanFee(plan=plan, starts_on=starts_on)
    if row.pk and (row.fee, row.fee_period) == (fee, per):
        return row
    row.fee, row.fee_period, row.announced_at = fee, per, at
    reasons.because(row, reason)
    row.save()
    return row
