"""The report of a client's guarantees, by quarter: which deadlines were kept or missed, and what was granted for it (rules S7, S16).

A deadline counts in the quarter in which it was kept, or passed. What guarantees do not bind to is left out, as it is where
compensation is proposed (`invoicing.compensation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from djmoney.money import Money

from cases.models import Clock, ClockKind
from clients import provider
from clients.models import Organisation
from invoicing.compensation import NOT_OURS
from invoicing.models import Compensation, CompensationState
from invoicing.tax_periods import TaxPeriod


@dataclass(frozen=True)
class Kept:
    """How many deadlines of a kind were kept, and how many were missed."""

    kind: ClockKind
    kept: int
    missed: int

    @property
    def percent(self) -> int:
        """How many of a hundred were kept, rounded down: only all of them are 100."""
        return 100 * self.kept // (self.kept + self.missed)


@dataclass(frozen=True)
class Miss:
    """A deadline that passed, and what became of it; None where nothing is agreed for it."""

    clock: Clock
    compensation: Compensation | None


@dataclass(frozen=True)
class Report:
    """The guarantees of a quarter. `minutes` and `sums` are what was granted for what was missed in it."""

    period: TaxPeriod
    kinds: Sequence[Kept]
    minutes: int
    sums: Sequence[Money]


def of(client: Organisation, period: TaxPeriod) -> Report:
    """The report of one client and quarter."""
    begins, ends = _instants(period)
    missed, kept = Q(breached_at__gte=begins, breached_at__lt=ends), Q(breached_at=None, met_at__gte=begins, met_at__lt=ends)
    rows = _binding(client).filter(missed | kept).values("kind").order_by()
    counted = {row["kind"]: row for row in rows.annotate(kept=Count("pk", filter=kept), missed=Count("pk", filter=missed))}
    kinds = [Kept(kind, counted[kind]["kept"], counted[kind]["missed"]) for kind in ClockKind if kind in counted]
    given = granted_in(client, period)
    sums = given.filter(net__gt=0).values("currency").order_by("currency").annotate(net=Sum("net"))
    return Report(
        period=period,
        kinds=kinds,
        minutes=given.aggregate(minutes=Sum("minutes", default=0))["minutes"],
        sums=[Money(row["net"] or Decimal(0), row["currency"]) for row in sums],
    )


def missed_in(client: Organisation, period: TaxPeriod) -> QuerySet[Clock]:
    """The deadlines that passed in the quarter, the latest first."""
    begins, ends = _instants(period)
    found = _binding(client).filter(breached_at__gte=begins, breached_at__lt=ends)
    return found.select_related("case").order_by("-breached_at", "-pk")


def with_compensation(clocks: Sequence[Clock]) -> list[Miss]:
    """What became of each of these. One query."""
    rows = Compensation.objects.filter(case__in={clock.case_id for clock in clocks})
    known: dict[tuple[int, str, datetime | None], Compensation] = {(row.case_id, row.kind, row.missed_at): row for row in rows}
    return [Miss(clock, known.get((clock.case_id, clock.kind, clock.breached_at))) for clock in clocks]


def granted_in(client: Organisation, period: TaxPeriod) -> QuerySet[Compensation]:
    """What was granted for deadlines that passed in the quarter."""
    begins, ends = _instants(period)
    granted = Compensation.objects.filter(state=CompensationState.GRANTED, case__organisation=client)
    return granted.filter(missed_at__gte=begins, missed_at__lt=ends)


def _binding(client: Organisation) -> QuerySet[Clock]:
    return Clock.objects.filter(case__organisation=client, case__guaranteed=True).exclude(case__closed_as__in=NOT_OURS)


def _instants(period: TaxPeriod) -> tuple[datetime, datetime]:
    """The beginning of the quarter, and of the next one, where the provider is."""
    zone = provider.current().zone
    return datetime.combine(period.first, time(), tzinfo=zone), datetime.combine(period.last + timedelta(days=1), time(), tzinfo=zone)
