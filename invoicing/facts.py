"""What an invoice says, as values (rules I1 to I4): the same for the paper, for the machine-readable one and for the books.

Pure: no Django models, no clock, no I/O. Amounts are decimals in `currency` to the cent; dates are local calendar dates of
the seller. Of a credit note all amounts are positive, and its kind says which way they go (EN 16931, BT-3 = 381).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """Which document it is, by its code of UNTDID 1001."""

    INVOICE = "380"
    CREDIT_NOTE = "381"


class VatCategory(StrEnum):
    """How VAT is treated (UNCL 5305): standard rate, zero rate, reverse charge, outside the scope."""

    STANDARD = "S"
    ZERO = "Z"
    REVERSE_CHARGE = "AE"
    OUTSIDE_SCOPE = "O"


class Unit(StrEnum):
    """What a quantity counts (UN/ECE recommendation 20)."""

    MINUTE = "MIN"
    HOUR = "HUR"
    KILOMETRE = "KMT"
    PIECE = "C62"
    MONTH = "MON"


@dataclass(frozen=True, kw_only=True)
class Party:
    """Seller or buyer as they were when the invoice was issued. `endpoint_scheme` is of the EAS list: 0007 for Sweden."""

    name: str
    organisation_number: str
    vat_number: str = ""
    address_lines: Sequence[str] = ()
    city: str = ""
    postcode: str = ""
    country: str
    endpoint_scheme: str = ""
    endpoint: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    f_tax: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: `quantity` of `unit` at `price` for `base` of them, `net` to the cent. Time: minutes, price per 60 (rule I2).

    `period`: the first and the last day that it is for (BT-134, BT-135), inside the invoice's own (rule I7).
    """

    position: int
    text: str
    quantity: Decimal
    unit: Unit
    price: Decimal
    base: Decimal = Decimal(1)
    net: Decimal
    category: VatCategory
    vat_percent: Decimal
    note: str = ""
    order_line: str = ""
    period: tuple[date, date] | None = None


@dataclass(frozen=True, kw_only=True)
class VatRow:
    """The net and the VAT of one category and rate, rounded once (rule I2). `reason`: why there is none, in words."""

    category: VatCategory
    percent: Decimal
    net: Decimal
    vat: Decimal
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentMeans:
    """How it is paid (rule I3): bankgiro, plusgiro or IBAN with BIC, and the reference that finds the invoice again."""

    bankgiro: str = ""
    plusgiro: str = ""
    iban: str = ""
    bic: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceFacts:
    """An issued invoice or credit note. `rounding` is what brings `payable` to whole kronor, where that is agreed.

    `vat_in_books`: the VAT in the currency of the seller's books, where that is another one, at `rate` of `rate_on`.
    `supplied_on`: the last day of what was done, where it is known (art. 226 (7)); `taxed_on`: the day its VAT fell due, where that is
    another than the invoice's own, which is the one that our books go by.
    """

    kind: Kind
    number: str
    issued_on: date
    due_on: date | None = None
    supplied_on: date | None = None
    taxed_on: date | None = None
    period: tuple[date, date] | None = None
    currency: str
    language: str = "en"
    seller: Party
    buyer: Party
    lines: Sequence[Line]
    vat_rows: Sequence[VatRow]
    net: Decimal
    vat: Decimal
    total: Decimal
    rounding: Decimal = Decimal(0)
    prepaid: Decimal = Decimal(0)
    payable: Decimal
    payment: PaymentMeans = field(default_factory=PaymentMeans)
    buyer_reference: str = ""
    order_reference: str = ""
    contract_reference: str = ""
    preceding: Sequence[tuple[str, date]] = ()
    notes: Sequence[str] = ()
    terms: str = ""
    books_currency: str = ""
    vat_in_books: Decimal | None = None
    rate: Decimal | None = None
    rate_on: date | None = None
