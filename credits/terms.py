"""What credit costs and how it is counted for the next order, booking or posting (rules P1, C1, C2, C7).

The terms are one row, loaded from the provider profile and editable in the administration. What has happened
keeps the terms it happened under (rule P3), so verbs copy from here and never look back.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import sales
from clients.models import Organisation
from core import rows
from core.errors import DomainError
from core.once import once
from credits.models import CreditTerms

__all__ = ["CreditTerms", "ProfileMissing", "Rate", "current", "offered", "rate"]


class ProfileMissing(DomainError):
    """No provider profile has been loaded, so nothing has a price or a rule yet."""

    message = _("The provider profile has not been loaded yet. An administrator loads it with “manage.py load_profile”.")


@dataclass(frozen=True)
class Rate:
    """The price of an hour, without VAT, and the VAT on it: what uncovered minutes cost (rule C11)."""

    price_per_hour: Money
    vat_percent: Decimal


def current() -> CreditTerms:
    """The terms in force now (rule P1). Raises ProfileMissing before the first profile is loaded."""
    terms = offered()
    if terms is None:
        raise ProfileMissing
    return terms


def offered() -> CreditTerms | None:
    """The terms in force now; None where the provider sells no prepaid credit, or no profile is loaded yet (rule P1)."""
    return once("credit terms", lambda: rows.find(CreditTerms, "id = 1"))


def low_level(terms: CreditTerms | None) -> int:
    """Below how many available minutes an account is low: the highest of the levels; 0 where there is none, or no credit."""
    return 0 if terms is None else max(terms.low_balance_levels, default=0)


def rate(terms: CreditTerms, client: Organisation) -> Rate:
    """What the client owes for an hour under these terms: the price of the day of work, and the buyer's VAT (rules C11, I2)."""
    return Rate(price_per_hour=terms.price_per_hour, vat_percent=sales.percent(client, terms.vat_percent))
