"""How an invoice treats VAT: as a sale does (clients.vat), or not at all, for what late payment costs is no sale (rules I2, I5)."""

from typing import Final

from django.utils.translation import gettext as _

from clients import vat
from invoicing.facts import VatCategory

NOT_A_SALE: Final = "not_a_sale"
"""Interest, reminder fees and compensation are damages, outside of VAT wherever the client is (EU court, C-222/81 Bausystem)."""
CATEGORIES: dict[str, VatCategory] = {
    vat.Treatment.DOMESTIC: VatCategory.STANDARD,
    vat.Treatment.REVERSE_CHARGE: VatCategory.REVERSE_CHARGE,
    vat.Treatment.OUTSIDE_SCOPE: VatCategory.OUTSIDE_SCOPE,
    NOT_A_SALE: VatCategory.OUTSIDE_SCOPE,
}


def reason(treatment: str) -> str:
    """Why no VAT is charged, in the active language; "" where it is."""
    if treatment == NOT_A_SALE:
        return not_a_sale()
    return "" if treatment == vat.Treatment.DOMESTIC else str(vat.Treatment(treatment).label)


def not_a_sale() -> str:
    """Why what late payment costs bears no VAT."""
    return _("No VAT: interest and fees for late payment are not payment for a service.")
