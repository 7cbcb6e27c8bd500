"""The fees of plans, charged period by period in advance (rules I7, P3).

What is due is what is not charged yet of the days for which an agreement has a plan, as far as the provider charges ahead.
So nothing is charged twice and nothing is left out, whether the job runs twice, or was away for months. A trial costs
nothing. What was charged is never rewritten: another fee holds for days that were not charged when it came.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from djmoney.money import Money

from clients import sales
from clients.agreements import local_date
from clients.models import AgreementPlan, FeePeriod, PlanFee
from core.batches import each
from invoicing import terms
from invoicing.models import IndexNotice, InvoicingTerms, PlanCharge, PlanCredit, PlanPeriods
from invoicing.periods import Every, Period
from invoicing.plan_periods import Fee, Piece, fee_on, open_days, pieces

EVERY = {FeePeriod.MONTH: Every.MONTH, FeePeriod.QUARTER: Every.QUARTER, FeePeriod.YEAR: Every.YEAR}
NEVER = date(9000, 1, 1)
"""After every end of an agreement."""
FAR_ENOUGH = timedelta(days=750)
"""No period that begins before the last day that is charged reaches as far beyond it."""


@dataclass(frozen=True)
class Next:
    """What will be charged next of a plan: which days, from when on, and for how much without VAT."""

    piece: Piece
    on: date

    @property
    def net(self) -> Money:
        """Without VAT."""
        return Money(self.piece.net, self.piece.fee.currency)


def charging() -> InvoicingTerms | None:
    """The terms under which plans are charged; None where this product does not charge them (rule P1)."""
    now = terms.offered()
    return now if now is not None and now.plan_ahead_days is not None else None


def charge_due(at: datetime) -> int:
    """Charge what is due of every plan, as a job (rule I7): of how many something was."""
    now = charging()
    return 0 if now is None else each(to_charge(now, on=local_date(at)), lambda row: bool(charge(row, at=at)))


@transaction.atomic
def charge(row: AgreementPlan, *, at: datetime) -> list[PlanCharge]:
    """Charge what is due of one plan of an agreement; nothing where it is charged already. Its row is locked."""
    now = charging()
    found = AgreementPlan.objects.select_for_update(of=("self",)).select_related("agreement__organisation", "plan")
    current = found.filter(pk=row.pk).first()
    if now is None or current is None:
        return []
    made = [_charge(current, piece, now, at=at) for piece in due(current, now, on=local_date(at))]
    return PlanCharge.objects.bulk_create(made)


def due(row: AgreementPlan, now: InvoicingTerms, *, on: date) -> Iterator[Piece]:
    """What is to be charged by the provider's local date `on`, and is not."""
    limit = on + timedelta(days=now.plan_ahead_days or 0)
    return (piece for begins, piece in _open(row, now, upto=limit + FAR_ENOUGH) if begins <= limit)


def next_of(row: AgreementPlan, now: InvoicingTerms, *, on: date) -> Next | None:
    """What is charged next, and when: at once where it is due. None where nothing will be."""
    first = next(_open(row, now, upto=on + timedelta(days=now.plan_ahead_days or 0) + FAR_ENOUGH), None)
    if first is None:
        return None
    begins, piece = first
    return Next(piece, max(on, begins - timedelta(days=now.plan_ahead_days or 0)))


def fees_of(row: AgreementPlan, *, notices: Iterable[IndexNotice] | None = None) -> list[Fee]:
    """The fees of the plan in this agreement, in order: as announced for all, or with an index clause as announced for it.

    `notices`: those of the plan in the agreement, where they have been read.
    """
    known, begins = _announced_for_all(row), indexed_since(row)
    if begins is None:
        return known
    if notices is None:
        notices = IndexNotice.objects.filter(agreement=row.agreement_id, plan=row.plan_id)
    notices = sorted((notice for notice in notices if notice.starts_on > begins), key=lambda notice: notice.starts_on)
    basis = fee_on(known, begins)
    every = basis.every if basis is not None else None
    raised = [Fee(notice.starts_on, notice.fee, notice.currency, every) for notice in notices]
    return [fee for fee in known if fee.starts_on <= begins] + raised


def indexed_since(row: AgreementPlan) -> date | None:
    """From when on the fee follows the index alone: the base month, or the first day of the plan where that is later."""
    return None if row.index_month is None else max(row.index_month, row.starts_on or row.agreement.starts_on)


def basis_of(row: AgreementPlan) -> Fee | None:
    """The fee that an index clause begins with; None without a clause."""
    begins = indexed_since(row)
    return None if begins is None else fee_on(_announced_for_all(row), begins)


def span_of(row: AgreementPlan, *, since: date) -> Period | None:
    """The days for which the plan costs something, from `since` on: not those of a trial, nor before it came or after the end."""
    agreement = row.agreement
    if agreement.is_trial:
        return None
    tried = agreement.history.filter(is_trial=True).order_by("-history_date", "-history_id").first()
    begins = [since, agreement.starts_on, row.starts_on, tried.ends_on if tried else None]
    first, until = max(day for day in begins if day), agreement.ends_on or NEVER
    return Period(first, until) if first < until else None


def to_charge(now: InvoicingTerms, *, on: date) -> QuerySet[AgreementPlan]:
    """The plans of which something may be due: those not charged far enough, and those of which days were taken back."""
    limit = on + timedelta(days=now.plan_ahead_days or 0)
    charges = PlanCharge.objects.filter(agreement=OuterRef("agreement"), plan=OuterRef("plan")).order_by("-until")
    back = PlanCredit.objects.filter(charge__agreement=OuterRef("agreement"), charge__plan=OuterRef("plan"), credit_note__isnull=False)
    paid = PlanFee.objects.filter(plan=OuterRef("plan"), fee__gt=0)
    rows = AgreementPlan.objects.annotate(charged_until=Subquery(charges.values("until")[:1]))
    rows = rows.filter(Q(plan__fee__gt=0) | Exists(paid), agreement__is_trial=False, agreement__starts_on__lte=limit)
    rows = rows.filter(Q(agreement__ends_on=None) | Q(agreement__ends_on__gt=now.plan_fees_from))
    is_behind = Q(charged_until=None) | Q(charged_until__lte=limit)
    goes_on = Q(agreement__ends_on=None) | Q(charged_until=None) | Q(agreement__ends_on__gt=F("charged_until"))
    return rows.filter(is_behind & goes_on | Exists(back)).select_related("agreement__organisation", "plan").order_by("pk")


def of_a_month(row: AgreementPlan, *, on: date) -> Money:
    """What a month of the plan costs on a day, to the cent."""
    found = fee_on(fees_of(row), on)
    return Money(round(found.of_a_month, 2), found.currency) if found else Money(0, row.plan.fee.currency)


def _open(row: AgreementPlan, now: InvoicingTerms, *, upto: date) -> Iterator[tuple[date, Piece]]:
    """What is not charged, in order, and when the period of each piece begins: all of a period is charged together."""
    span = span_of(row, since=now.plan_fees_from or NEVER)
    if span is None or span.first >= upto:
        return
    fees = fees_of(row)
    for gap in open_days(Period(span.first, min(span.until, upto)), charged=_charged(row)):
        for piece in pieces(gap, fees, since=row.agreement.starts_on, calendar=now.plan_periods == PlanPeriods.CALENDAR):
            yield max(piece.whole.first, span.first), piece


def _charged(row: AgreementPlan) -> list[tuple[Period, list[Period]]]:
    """The days of every charge, and which of them were taken back."""
    charges = PlanCharge.objects.filter(agreement=row.agreement_id, plan=row.plan_id)
    taken = PlanCredit.objects.filter(charge__in=charges, credit_note__isnull=False).values_list("charge", "first", "until")
    back: defaultdict[int, list[Period]] = defaultdict(list)
    for charge, first, until in taken:
        back[charge].append(Period(first, until))
    return [(Period(first, until), back[charge]) for charge, first, until in charges.values_list("pk", "first", "until")]


def _charge(row: AgreementPlan, piece: Piece, now: InvoicingTerms, *, at: datetime) -> PlanCharge:
    before = PlanCharge.objects.filter(agreement=row.agreement_id, plan=row.plan_id, first=piece.part.first)
    turn = (before.aggregate(last=Max("turn"))["last"] or 0) + 1
    return PlanCharge(
        agreement=row.agreement,
        plan=row.plan,
        first=piece.part.first,
        until=piece.part.until,
        whole_first=piece.whole.first,
        whole_until=piece.whole.until,
        turn=turn,
        fee=piece.fee.amount,
        net=piece.net,
        vat_percent=sales.percent(row.agreement.organisation, now.plan_vat_percent),
        currency=piece.fee.currency,
        cause=f"plan:{row.agreement_id}:{row.plan_id}:{piece.part.first}:{turn}",
        charged_at=at,
    )


def _announced_for_all(row: AgreementPlan) -> list[Fee]:
    plan = row.plan
    later = [(each.starts_on, each.fee, each.fee_period) for each in sorted(plan.fees.all(), key=lambda fee: fee.starts_on)]
    return [_fee(*one) for one in [(date.min, plan.fee, plan.fee_period), *later]]


def _fee(starts_on: date, fee: Money, per: str) -> Fee:
    return Fee(starts_on, fee.amount, str(fee.currency), EVERY[FeePeriod(per)] if per else None)
