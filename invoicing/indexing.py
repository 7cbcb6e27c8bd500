"""Index clauses: once a year a fee follows an index, if that was announced in time (rules I7, P3).

The index of the base month is compared with that of the same month of a later year. Finance writes the numbers down and
announces each change; the client's approvers are told at least as many days ahead as the plan asks for. What was not
announced in time is not raised, and nothing that was charged is rewritten.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients.agreements import local_date
from clients.fees import NoticeTooShort
from clients.models import AgreementPlan, IndexedFrom
from core.errors import DomainError
from invoicing import life, messages
from invoicing.models import IndexNotice, PriceIndex
from invoicing.periods import indexed
from invoicing.plan_fees import basis_of, fees_of
from invoicing.plan_periods import fee_on, next_of
from people.models import Person

A_DAY = timedelta(days=1)
LONGEST_MONTH = timedelta(days=31)


class NoClause(DomainError):
    """The plan has no index clause in this agreement, or another day than that."""

    message = _("This fee does not follow an index from that day. Nothing has changed.")


class IndexUnknown(DomainError):
    """Nobody has written the index down."""

    def __init__(self, name: str, month: date) -> None:
        super().__init__(name, month)
        self.name, self.month = name, month

    @property
    def message(self) -> str:
        """Which number is missing."""
        said = {"name": self.name, "month": f"{self.month:%Y-%m}"}
        return _("The index %(name)s of %(month)s is not written down yet. Nothing has changed.") % said


class FeeChanged(DomainError):
    """It would be another fee than the one that was shown."""

    message = _("The fee would be another one now. Nothing has changed; look at it once more.")


class NotAMonth(DomainError):
    """An index is a number above zero, of a month that has been."""

    message = _("An index is a number above zero, of a month that is over. Nothing has changed.")


@dataclass(frozen=True)
class _Known:
    """What was announced of these plans, and the numbers of their indexes, by name and month."""

    notices: Sequence[IndexNotice]
    numbers: Mapping[tuple[str, date], Decimal]

    def of(self, row: AgreementPlan) -> list[IndexNotice]:
        """What was announced of one plan of an agreement."""
        return [notice for notice in self.notices if (notice.agreement_id, notice.plan_id) == (row.agreement_id, row.plan_id)]


@dataclass(frozen=True)
class Coming:
    """The next change of an indexed fee: from when, by which month of the index, until when it can be announced.

    `value` and `fee` are None while the number is not written down; `notice` is there once it was announced.
    """

    row: AgreementPlan
    starts_on: date
    month: date
    last_day: date
    before: Money
    value: Decimal | None
    fee: Money | None
    notice: IndexNotice | None

    def can_be_announced(self, on: date) -> bool:
        """Whether finance can tell the client now."""
        return self.notice is None and self.fee is not None and self.fee != self.before and on <= self.last_day


def clauses() -> QuerySet[AgreementPlan]:
    """The plans of agreements that have an index clause, by client."""
    found = AgreementPlan.objects.exclude(index_name="").select_related("agreement__organisation", "plan").prefetch_related("plan__fees")
    return found.order_by("agreement__organisation__name", "plan__code", "pk")


def current_clauses(*, on: date) -> QuerySet[AgreementPlan]:
    """Those of agreements that have not ended."""
    return clauses().filter(Q(agreement__ends_on=None) | Q(agreement__ends_on__gt=on), agreement__is_trial=False)


def coming(rows: Iterable[AgreementPlan], *, on: date) -> list[Coming]:
    """The next change of each of these fees after `on`; none where the agreement ends before it, or the base month is too young."""
    rows = list(rows)
    known = _known(rows)
    found = [_coming(row, next_day(row, after=on), known) for row in rows]
    return [one for one in found if one is not None]


def next_day(row: AgreementPlan, *, after: date) -> date:
    """The first day after `after` on which the fee may change."""
    anchor = date(row.agreement.starts_on.year, 1, 1) if row.index_from == IndexedFrom.JANUARY else row.agreement.starts_on
    return next_of(anchor, after=after)


@transaction.atomic
def announce(row: AgreementPlan, *, starts_on: date, shown: str, by: Person, at: datetime) -> IndexNotice:
    """Tell the client's approvers what the plan costs from `starts_on` on; it is the fee that was `shown` (rules I7, P3). Once.

    Raises NotAllowed, NoClause, IndexUnknown, FeeChanged, NoticeTooShort.
    """
    life.check_finance(by)
    found = AgreementPlan.objects.select_for_update(of=("self",)).select_related("agreement__organisation", "plan")
    current = found.get(pk=row.pk)
    if told := IndexNotice.objects.filter(agreement=current.agreement_id, plan=current.plan_id, starts_on=starts_on).first():
        return told
    new = _checked(current, starts_on, on=local_date(at))
    if new.value is None or new.fee is None:
        raise IndexUnknown(current.index_name, new.month)
    if str(new.fee.amount) != shown:
        raise FeeChanged
    notice = IndexNotice.objects.create(
        agreement=current.agreement,
        plan=current.plan,
        starts_on=starts_on,
        name=current.index_name,
        month=new.month,
        base=current.index_value or new.value,
        value=new.value,
        fee=new.fee.amount,
        currency=str(new.fee.currency),
        announced_at=at,
        announced_by=by,
    )
    messages.indexed(notice, before=new.before, base_month=current.index_month, at=at)
    return notice


@transaction.atomic
def write_down(*, name: str, month: date, value: Decimal, by: Person, at: datetime) -> PriceIndex:
    """Write down what an index stood at in a month, or correct it: what was announced stays. Raises NotAllowed, NotAMonth."""
    life.check_finance(by)
    month = month.replace(day=1)
    if not name.strip() or not value.is_finite() or value <= 0 or month > local_date(at):
        raise NotAMonth
    place = {"name": name.strip(), "month": month}
    row = PriceIndex.objects.select_for_update().filter(**place).first()
    if row is None:
        try:
            with transaction.atomic():
                return _written(PriceIndex(**place), value, by=by, at=at)
        except IntegrityError:  # somebody was first
            row = PriceIndex.objects.select_for_update().get(**place)
    return row if row.value == value else _written(row, value, by=by, at=at)


def _written(row: PriceIndex, value: Decimal, *, by: Person, at: datetime) -> PriceIndex:
    row.value = value
    row._history_user, row._history_date = by, at  # type: ignore[attr-defined]  # how django-simple-history takes them
    row.save()
    return row


def _checked(row: AgreementPlan, starts_on: date, *, on: date) -> Coming:
    if not row.is_indexed or starts_on != next_day(row, after=starts_on - A_DAY):
        raise NoClause
    new = _coming(row, starts_on, _known([row]))
    if new is None:
        raise NoClause
    if on > new.last_day:
        raise NoticeTooShort(earliest=next_day(row, after=starts_on))
    return new


def _known(rows: Sequence[AgreementPlan]) -> _Known:
    notices = IndexNotice.objects.filter(agreement__in={row.agreement_id for row in rows}).order_by("starts_on")
    numbers = PriceIndex.objects.filter(name__in={row.index_name for row in rows}).values_list("name", "month", "value")
    return _Known(list(notices), {(name, month): value for name, month, value in numbers})


def _coming(row: AgreementPlan, starts_on: date, known: _Known) -> Coming | None:
    told = known.of(row)
    basis, before = basis_of(row), fee_on(fees_of(row, notices=told), starts_on - A_DAY)
    last_day = starts_on - timedelta(days=row.plan.price_notice_days)
    month = _month(row.index_month or starts_on, upto=last_day)
    is_over = row.agreement.ends_on is not None and row.agreement.ends_on <= starts_on
    if basis is None or before is None or row.index_month is None or row.index_value is None or month <= row.index_month or is_over:
        return None
    value = known.numbers.get((row.index_name, month))
    fee = None if value is None else Money(indexed(basis.amount, old=row.index_value, new=value), basis.currency)
    notice = next((notice for notice in told if notice.starts_on == starts_on), None)
    return Coming(row, starts_on, month, last_day, Money(before.amount, before.currency), value, fee, notice)


def _month(base: date, *, upto: date) -> date:
    """The last month, of the same name as the base month, that was over on the day `upto`."""
    over = upto - LONGEST_MONTH
    return base.replace(year=over.year) if base.replace(year=over.year) <= over else base.replace(year=over.year - 1)
