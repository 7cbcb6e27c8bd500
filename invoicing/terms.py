"""How the provider invoices (rules P1, I2, I3)."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from clients.models import Organisation
from core import rows
from core.errors import DomainError
from core.formatting import day
from core.once import once
from invoicing.models import Buyer, ExchangeRate, InvoicingTerms

__all__ = ["InvoicingNotSet", "InvoicingTerms", "RateMissing", "buyer_of", "current", "offered", "rate_to_books"]


class InvoicingNotSet(DomainError):
    """The provider's profile has no terms of invoicing."""

    message = _("No terms of invoicing have been set: the provider’s profile has no [invoicing]. Nothing has changed.")


class RateMissing(DomainError):
    """No exchange rate is known for the currency on that day."""

    def __init__(self, currency: str, on: date) -> None:
        super().__init__(currency, on)
        self.currency, self.on = currency, on

    @property
    def message(self) -> str:
        """Which currency and day, and who mends it where."""
        said = _(
            "No exchange rate is known for %(currency)s on %(day)s. Nothing has changed. "
            "Finance writes it down at the desk, under “Invoices”, “Exchange rates”."
        )
        return said % {"currency": self.currency, "day": day(self.on)}


def offered() -> InvoicingTerms | None:
    """The terms in force now; None where the provider's profile has no `[invoicing]` (rule P1)."""
    return once("invoicing terms", lambda: rows.find(InvoicingTerms, "id = 1"))


def current() -> InvoicingTerms:
    """The terms in force now. Raises InvoicingNotSet."""
    terms = offered()
    if terms is None:
        raise InvoicingNotSet
    return terms


def buyer_of(organisation: Organisation) -> Buyer:
    """What the client asks of our invoices; nothing where nobody has written it down."""
    found = Buyer.objects.filter(organisation=organisation).select_related("organisation")
    return found.first() or Buyer(organisation=organisation)


def rate_to_books(currency: str, *, books: str, on: date) -> tuple[Decimal, date]:
    """What one unit of `currency` is in the books on `on`, and since when that rate holds (rule I2). Raises RateMissing."""
    if currency == books:
        return Decimal(1), on
    found = ExchangeRate.objects.filter(currency=currency, starts_on__lte=on).order_by("-starts_on").first()
    if found is None:
        raise RateMissing(currency, on)
    return found.rate, found.starts_on
