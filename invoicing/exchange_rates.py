"""What other currencies are in that of the books, from a day on: written down by finance or an administrator (rule I2).

An invoice keeps the rate that it was issued at, and a voucher what it came to: nothing that was counted changes with a later rate.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from moneyed import CURRENCIES

from clients import provider
from clients.access import has_duty
from clients.agreements import local_date
from clients.models import Provider, StaffDuty
from core.errors import DomainError, NotAllowed
from core.formatting import day
from invoicing.models import BookVoucher, ExchangeRate, Invoice, InvoiceKind, InvoiceState
from people.models import Person

LONGEST_AHEAD = timedelta(days=31)
"""Customs rates are set a month ahead; a later day is a slip of the pen."""
OBSTACLE = _("Cannot be issued yet: no exchange rate is known for %(currency)s.")


class RateNotPositive(DomainError):
    """Nothing is worth nothing, or less."""

    message = _("A rate is a number above zero. Nothing has changed.")


class OwnCurrency(DomainError):
    """The books are kept in it."""

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.currency = currency

    @property
    def message(self) -> str:
        """Which currency."""
        return _("The books are in %(currency)s, which needs no rate. Nothing has changed.") % {"currency": self.currency}


class CurrencyUnknown(OwnCurrency):
    """No currency is called that."""

    @property
    def message(self) -> str:
        """What was written."""
        said = _("“%(currency)s” is not a currency by its three letters, like EUR. Nothing has changed.")
        return said % {"currency": self.currency}


class RateTooFarAhead(DomainError):
    """It would hold from a day of which nobody knows the rate yet."""

    message = _("A rate is written down at most 31 days ahead. Nothing has changed.")


class RateStands(DomainError):
    """Another rate is written down for that day."""

    def __init__(self, row: ExchangeRate) -> None:
        super().__init__(row.pk)
        self.row = row

    @property
    def message(self) -> str:
        """Which one, and how it is corrected."""
        said = _("From %(day)s, %(rate)s is written down for %(currency)s already. Nothing has changed. Say below if that is wrong.")
        return said % _words(self.row)


class RateUsed(RateStands):
    """Something may have been counted by it."""

    @property
    def message(self) -> str:
        """Which one, and what is left to do."""
        said = _(
            "Something has been invoiced or booked since %(rate)s was written down for %(currency)s from %(day)s, so that it stays. "
            "Nothing has changed. Write down the right one from a later day."
        )
        return said % _words(self.row)


@transaction.atomic
def write_down(*, currency: str, starts_on: date, rate: Decimal, by: Person, at: datetime) -> ExchangeRate:
    """What one unit of `currency` is in the books from a day on (rule I2). The same again returns it.

    Raises NotAllowed for anybody but finance and administrators, CurrencyUnknown, OwnCurrency, RateNotPositive, RateTooFarAhead,
    and RateStands where another rate is written down for that day.
    """
    _check(currency, starts_on, rate, by, at)
    row = _standing(currency, starts_on)
    if row is None:
        return _said(ExchangeRate(currency=currency, starts_on=starts_on), rate, by, at)
    if row.rate != rate:
        raise RateStands(row)
    return row


@transaction.atomic
def correct(*, currency: str, starts_on: date, rate: Decimal, by: Person, at: datetime) -> ExchangeRate:
    """Another rate of the same day instead of one that was wrong, with its history, while nothing was counted by that.

    Raises what `write_down` does, but RateUsed where an invoice was issued or a voucher posted by then.
    """
    _check(currency, starts_on, rate, by, at)
    row = _standing(currency, starts_on)
    if row is None or row.rate == rate:
        return row or _said(ExchangeRate(currency=currency, starts_on=starts_on), rate, by, at)
    if _is_used(row):
        raise RateUsed(row)
    return _said(row, rate, by, at)


def known() -> QuerySet[ExchangeRate]:
    """All that are known, the latest first."""
    return ExchangeRate.objects.order_by("-starts_on", "currency")


def missing(at: datetime) -> list[str]:
    """The currencies of drafts that cannot be issued today, since no rate is known."""
    wanted = Invoice.objects.filter(state=InvoiceState.DRAFT, kind=InvoiceKind.INVOICE)
    currencies = set(wanted.exclude(currency=provider.current().currency).values_list("currency", flat=True))
    return sorted(_without_rate(currencies, local_date(at)))


def obstacles(invoices: Iterable[Invoice], *, today: date) -> dict[int, str]:
    """Of each draft among them that waits for a rate, by its key: what it lacks. A credit note has its invoice's."""
    books = provider.current().currency
    drafts = [one for one in invoices if one.state == InvoiceState.DRAFT and one.kind == InvoiceKind.INVOICE and one.currency != books]
    lacking = _without_rate({draft.currency for draft in drafts}, today)
    return {draft.pk: OBSTACLE % {"currency": draft.currency} for draft in drafts if draft.currency in lacking}


def _check(currency: str, starts_on: date, rate: Decimal, by: Person, at: datetime) -> None:
    """Refuse what is no rate. Holds the provider, so that two do not write the same day at once."""
    if not (by.is_active and has_duty(by, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)):
        raise NotAllowed
    ours = Provider.objects.select_for_update().get(pk=1)
    if currency not in CURRENCIES:
        raise CurrencyUnknown(currency)
    if currency == ours.currency:
        raise OwnCurrency(currency)
    if rate <= 0:
        raise RateNotPositive
    if starts_on > local_date(at) + LONGEST_AHEAD:
        raise RateTooFarAhead


def _standing(currency: str, starts_on: date) -> ExchangeRate | None:
    return ExchangeRate.objects.filter(currency=currency, starts_on=starts_on).first()


def _said(row: ExchangeRate, rate: Decimal, by: Person, at: datetime) -> ExchangeRate:
    row.rate = rate
    row._history_user, row._history_date = by, at  # type: ignore[attr-defined]  # how django-simple-history takes them
    row.save()
    return row


def _is_used(row: ExchangeRate) -> bool:
    """Whether an invoice bears it, or anything of its day or later was posted after it was written: more is kept than need be."""
    if Invoice.objects.issued().filter(currency=row.currency, rate_on=row.starts_on).exists():
        return True
    written = row.history.order_by("-history_date").values_list("history_date", flat=True).first()
    return BookVoucher.objects.filter(happened_on__gte=row.starts_on, **({"written_at__gte": written} if written else {})).exists()


def _without_rate(currencies: set[str], today: date) -> set[str]:
    if not currencies:
        return set()
    found = ExchangeRate.objects.filter(currency__in=currencies, starts_on__lte=today)
    return currencies - set(found.values_list("currency", flat=True))


def _words(row: ExchangeRate) -> dict[str, str]:
    return {"day": day(row.starts_on), "rate": number_format(row.rate.normalize()), "currency": row.currency}
