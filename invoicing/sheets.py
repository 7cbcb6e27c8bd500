"""An invoice as it stands on paper: its facts in the reader's words (rules I1 to I3). The active language is the invoice's."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_decimal
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from djmoney.money import Money

from core.errors import DomainError
from core.formatting import NO_BREAK_SPACE, country, hours, money
from invoicing import bank_numbers, qr, treatments
from invoicing.facts import InvoiceFacts, Kind, Line, Party, PaymentMeans, Unit, VatCategory, VatRow

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """Who writes, by the names that `pdf/base.html` asks for."""

    name: str
    legal_name: str
    address: str
    organisation_number: str
    vat_number: str
    email: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line in words. Time is hours at the price of an hour, although it is counted in minutes (rule I2)."""

    text: str
    note: str
    quantity: str
    price: str
    percent: Decimal
    net: Money


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What stands on the paper. `untaxed`: why no VAT is charged. `code`: the square for banking apps, as SVG."""

    title: str
    is_credit: bool
    buyer_address: Sequence[str]
    rows: Sequence[Row]
    rates: Sequence[tuple[VatRow, Money, Money]]
    net: Money
    total: Money
    rounding: Money | None
    payable: Money
    untaxed: Sequence[str]
    vat_in_books: Money | None
    rate: str
    accounts: Sequence[tuple[str, str]]
    code: SafeString


def letterhead_of(seller: Party) -> Letterhead:
    """The seller as it was frozen."""
    return Letterhead(
        name=seller.contact_name or seller.name,
        legal_name=seller.name,
        address="\n".join(address_of(seller)),
        organisation_number=seller.organisation_number,
        vat_number=seller.vat_number,
        email=seller.contact_email,
        phone=seller.contact_phone,
    )


def address_of(party: Party) -> list[str]:
    """The lines of an address, with the name of the country at the end."""
    town = " ".join(part for part in (party.postcode, party.city) if part)
    return [line for line in (*party.address_lines, town, country(party.country)) if line]


def of(facts: InvoiceFacts) -> Sheet:
    """The sheet of an invoice or a credit note."""
    is_credit = facts.kind == Kind.CREDIT_NOTE
    return Sheet(
        title=_("Credit note") if is_credit else _("Invoice"),
        is_credit=is_credit,
        buyer_address=address_of(facts.buyer),
        rows=[_row(line, facts.currency) for line in facts.lines],
        rates=[(row, Money(row.net, facts.currency), Money(row.vat, facts.currency)) for row in facts.vat_rows if row.percent],
        net=Money(facts.net, facts.currency),
        total=Money(facts.total, facts.currency),
        rounding=Money(facts.rounding, facts.currency) if facts.rounding else None,
        payable=Money(facts.payable, facts.currency),
        untaxed=list(dict.fromkeys(_untaxed(row) for row in facts.vat_rows if not row.percent)),
        vat_in_books=None if facts.vat_in_books is None or not facts.vat else Money(facts.vat_in_books, facts.books_currency),
        rate="" if facts.rate is None else format_decimal(facts.rate, format="#,##0.00####", locale=_language()),
        accounts=_accounts(facts.payment),
        code=_code(facts),
    )


def _row(line: Line, currency: str) -> Row:
    by_the_hour = line.unit == Unit.MINUTE and line.base == 60 and line.quantity == int(line.quantity)
    quantity = hours(int(line.quantity)) if by_the_hour else f"{_plain(line.quantity)}{NO_BREAK_SPACE}{_unit(line.unit)}"
    per = f" {_('/ h')}" if by_the_hour else "" if line.base == 1 else f" / {_plain(line.base)}"
    return Row(
        text=line.text,
        note=line.note,
        quantity=quantity,
        price=f"{_price(line.price, currency)}{per}",
        percent=line.vat_percent,
        net=Money(line.net, currency),
    )


def _unit(unit: Unit) -> str:
    return {
        Unit.MINUTE: _("min"),
        Unit.HOUR: _("h"),
        Unit.KILOMETRE: _("km"),
        Unit.PIECE: _("pcs"),
        Unit.MONTH: _("months"),
    }[unit]


def _price(price: Decimal, currency: str) -> str:
    """A price to the cent, or as finely as it was agreed."""
    if price == price.quantize(CENT):
        return money(Money(price.quantize(CENT), currency))
    return f"{format_decimal(price, format='#,##0.00##', locale=_language())}{NO_BREAK_SPACE}{currency}"


def _untaxed(row: VatRow) -> str:
    if row.category == VatCategory.REVERSE_CHARGE:
        return _("Reverse charge: the buyer accounts for the VAT (article 196 of Directive 2006/112/EC).")
    if row.reason == treatments.not_a_sale():
        return row.reason
    if row.category == VatCategory.OUTSIDE_SCOPE:
        return _("Outside the scope of VAT: supplied to a business beyond the EU (article 44 of Directive 2006/112/EC).")
    return _("VAT at 0 %.")


def _accounts(payment: PaymentMeans) -> list[tuple[str, str]]:
    given = [
        (_("Bankgiro"), payment.bankgiro, bank_numbers.bankgiro_shown),
        (_("Plusgiro"), payment.plusgiro, bank_numbers.plusgiro_shown),
        (_("IBAN"), payment.iban, _in_fours),
        (_("BIC"), payment.bic, str),
    ]
    return [(name, _shown(number, show)) for name, number, show in given if number]


def _in_fours(number: str) -> str:
    compact = number.replace(" ", "")
    return NO_BREAK_SPACE.join(compact[place : place + 4] for place in range(0, len(compact), 4))


def _shown(number: str, show: object) -> str:
    try:
        return str(show(number)) if callable(show) else number
    except DomainError:
        return number


def _code(facts: InvoiceFacts) -> SafeString:
    """The square, where there is one: an account that no bank would take has none."""
    try:
        return mark_safe(qr.for_invoice(facts, title=_("Scan to pay")))  # noqa: S308 - drawn by us, and its title escaped
    except DomainError:
        return mark_safe("")


def _plain(number: Decimal) -> str:
    return format_decimal(number, format="#,##0.##", locale=_language())


def _language() -> str:
    return (get_language() or "en").split("-")[0]
