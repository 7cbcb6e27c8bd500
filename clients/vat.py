"""How VAT is treated between a seller and a buyer (rule I2). Pure but for the words of its choices: no queries, no clock, no I/O.

Domestic sales bear the domestic rate; a business in another country of the EU with a valid VAT number accounts for the
VAT itself (reverse charge, art. 196 of directive 2006/112/EC); beyond the EU the sale is outside the scope. Clients are
businesses or authorities (rule X2): one in the EU that has no valid VAT number is charged the domestic rate.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _
from stdnum.eu import vat as eu_vat

CENT = Decimal("0.01")
EU = frozenset(code.upper() for code in eu_vat.MEMBER_STATES) - {"XI"}
"""The member states, by their two letters (Greece is GR, and EL in VAT numbers)."""


class Treatment(models.TextChoices):
    """Which VAT a sale bears."""

    DOMESTIC = "domestic", _("VAT")
    REVERSE_CHARGE = "reverse_charge", _("Reverse charge: the buyer accounts for the VAT")
    OUTSIDE_SCOPE = "outside_scope", _("Outside the scope of VAT")


def treatment(*, seller_country: str, buyer_country: str, buyer_vat_number: str) -> Treatment:
    """The treatment of a service sold by a business in `seller_country`. Countries by their two letters."""
    if buyer_country == seller_country or not buyer_country:
        return Treatment.DOMESTIC
    if buyer_country not in EU:
        return Treatment.OUTSIDE_SCOPE
    return Treatment.REVERSE_CHARGE if has_valid_number(buyer_country, buyer_vat_number) else Treatment.DOMESTIC


def has_valid_number(country: str, number: str) -> bool:
    """Whether `number` is well-formed as a VAT number of `country`, check digits included. Whether it is in force nobody asks here."""
    prefix = "EL" if country == "GR" else country
    return number.replace(" ", "").upper().startswith(prefix) and bool(eu_vat.is_valid(number))


def percent(kind: Treatment, domestic: Decimal) -> Decimal:
    """The rate, in percent: the `domestic` one, or none."""
    return domestic if kind == Treatment.DOMESTIC else Decimal(0)


def by_rate(lines: Iterable[tuple[Decimal, Decimal]]) -> dict[Decimal, tuple[Decimal, Decimal]]:
    """Of (net, VAT percent): the net and the VAT of each rate, VAT rounded once per rate, half a cent up (rule I2)."""
    nets: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for net, rate in lines:
        nets[rate.normalize()] += net
    return {rate: (net, (net * rate / 100).quantize(CENT, rounding=ROUND_HALF_UP)) for rate, net in sorted(nets.items())}
