"""The hours of server support that a plan includes, granted as lots of their own (rule I7).

At the beginning of each period, once: pro rata for a part of a period, in full minutes, up. They go to the account that the
agreement names, else to the oldest open one, and are gone with the period unless the plan lets them stay. A trial has none.
They were free, so they never turn into money (rule C12).
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from clients.agreements import local_date
from clients.models import AgreementPlan
from core.batches import each
from core.formatting import span
from credits import accounts, ledger
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.ledger import LotSource, LotTerms, Voucher
from invoicing import terms
from invoicing.models import PlanHours, PlanPeriods
from invoicing.periods import Due, Every, Period
from invoicing.plan_fees import FAR_ENOUGH, charging, fees_of, span_of
from invoicing.plan_periods import dues, fee_on


def grant_due(at: datetime) -> int:
    """Grant the hours of the periods that have begun, as a job (rule I7): of how many plans."""
    if credit_terms.offered() is None:
        return 0
    return each(to_grant(on=local_date(at)), lambda row: bool(grant(row, at=at)))


@transaction.atomic
def grant(row: AgreementPlan, *, at: datetime) -> list[PlanHours]:
    """Grant what is due of one plan of an agreement, once. Nothing where there is no account to grant it to."""
    account = account_of(row)
    if account is None:
        return []
    accounts.lock([account.pk])
    found = AgreementPlan.objects.select_for_update(of=("self",)).select_related("agreement__organisation", "plan")
    current = found.filter(pk=row.pk).first()
    if current is None:
        return []
    return [_grant(current, due, account, at=at) for due in list(owed(current, on=local_date(at)))]


def to_grant(*, on: date) -> QuerySet[AgreementPlan]:
    """The plans with hours whose present period has none yet."""
    granted = PlanHours.objects.filter(agreement=OuterRef("agreement"), plan=OuterRef("plan"), until__gt=on)
    rows = AgreementPlan.objects.filter(~Exists(granted), plan__included_minutes__gt=0, agreement__is_trial=False)
    rows = rows.filter(Q(agreement__ends_on=None) | Q(agreement__ends_on__gt=on), agreement__starts_on__lte=on)
    return rows.select_related("agreement__organisation", "plan").order_by("pk")


def account_of(row: AgreementPlan) -> CreditAccount | None:
    """The open account that gets the hours: the one that the agreement names, else the oldest."""
    found = CreditAccount.objects.filter(organisation=row.agreement.organisation_id, closed_at=None).order_by("pk")
    named = found.filter(name=row.included_account).first() if row.included_account else None
    return named or found.first()


def owed(row: AgreementPlan, *, on: date) -> Iterator[Due]:
    """The periods that have begun by `on` and whose hours were not granted; what is over has hours only where they stay."""
    now = charging()
    days = span_of(row, since=(now.plan_fees_from if now else None) or date.min)
    if days is None or days.first > on:
        return
    last = PlanHours.objects.filter(agreement=row.agreement_id, plan=row.plan_id).order_by("-until").first()
    for due in _dues(row, Period(days.first, min(days.until, on + FAR_ENOUGH)), on=on):
        part = Period(max(due.part.first, last.until), due.part.until) if last and last.until < due.part.until else due.part
        is_granted = last is not None and due.part.until <= last.until
        is_over = part.until <= on and (last is None or not row.plan.included_rolls_over)
        if part.first <= on and not is_granted and not is_over:
            yield Due(due.whole, part)


def minutes_of(row: AgreementPlan, due: Due) -> int:
    """The minutes of a period, or of a part of it: full minutes, up."""
    return -(-row.plan.included_minutes * due.part.days // due.whole.days)


def _dues(row: AgreementPlan, days: Period, *, on: date) -> list[Due]:
    """The periods of the fee, or months where there is none."""
    fee, offered = fee_on(fees_of(row), on), terms.offered()
    every = (fee.every if fee is not None else None) or Every.MONTH
    calendar = offered is None or offered.plan_periods == PlanPeriods.CALENDAR
    return dues(days, every=every, since=row.agreement.starts_on, calendar=calendar)


def _grant(row: AgreementPlan, due: Due, account: CreditAccount, *, at: datetime) -> PlanHours:
    with override(row.agreement.organisation.language):
        why = _("Included in %(plan)s, %(period)s") % {"plan": row.plan.name, "period": span(due.part.first, due.part.last)}
    expires_on = None if row.plan.included_rolls_over else due.part.last
    minutes = minutes_of(row, due)
    cause = f"plan:{row.agreement_id}:{row.plan_id}:{due.part.first}:hours"
    lot = ledger.grant(
        account=account,
        minutes=minutes,
        terms=LotTerms.free(source=LotSource.PLAN, reason=why, expires_on=expires_on),
        voucher=Voucher(cause=cause, at=at, reason=why, text=why[:200]),
    )
    days = {"first": due.part.first, "until": due.part.until}
    return PlanHours.objects.create(agreement=row.agreement, plan=row.plan, minutes=minutes, lot=lot, granted_at=at, **days)
