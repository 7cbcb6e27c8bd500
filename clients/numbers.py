"""Organisation and VAT numbers of businesses and authorities, checked and in one way of writing (rules I2, X2)."""

from django.utils.translation import gettext_lazy as _
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.se import orgnr

from core.errors import DomainError

EU_COUNTRIES = frozenset(code.upper() for code in vat.MEMBER_STATES) - {"XI"}


class NotAnOrganisationNumber(DomainError):
    """The check digit or the length is wrong for the country."""

    message = _("is not an organisation number of this country (a digit may be wrong)")


class NotAVatNumber(DomainError):
    """The number does not have the form its country prescribes."""

    message = _("is not a VAT number of this country, like SE556677889901")


def organisation_number(*, number: str, country: str) -> str:
    """The number in one way of writing: for Sweden 556677-8899, elsewhere as given. Raises NotAnOrganisationNumber."""
    if country != "SE":
        return " ".join(number.split())
    try:
        digits = orgnr.validate(number)
    except ValidationError:
        raise NotAnOrganisationNumber from None
    return f"{digits[:6]}-{digits[6:]}"


def vat_number(*, number: str, country: str) -> str:
    """The number without spaces, or empty where none is given. Raises NotAVatNumber within the European Union."""
    if not number or country not in EU_COUNTRIES:
        return " ".join(number.split())
    prefix = "EL" if country == "GR" else country
    try:
        compact = vat.compact(number)
        vat.validate(compact)
    except ValidationError:
        raise NotAVatNumber from None
    if not compact.startswith(prefix):
        raise NotAVatNumber
    return str(compact)
