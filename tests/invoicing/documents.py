"""Facts of invoices of every kind, for tests: Nordlicht Support AB sells to businesses here and elsewhere."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from clients.vat import CENT
from invoicing.facts import InvoiceFacts, Kind, Line, Party, PaymentMeans, Unit, VatCategory, VatRow

ISSUED_ON = date(2026, 11, 27)
DUE_ON = date(2026, 12, 27)
TAXED, REVERSED, OUTSIDE = VatCategory.STANDARD, VatCategory.REVERSE_CHARGE, VatCategory.OUTSIDE_SCOPE
BANKGIRO = PaymentMeans(bankgiro="5050-1055", reference="1234574")
IBAN = PaymentMeans(iban="SE45 5000 0000 0583 9825 7466", bic="ESSESESS", reference="1234574")
REASONS = {REVERSED: "Omvänd betalningsskyldighet, reverse charge (art. 196)", OUTSIDE: "Outside the scope of Swedish VAT"}

NORDLICHT = Party(
    name="Nordlicht Support AB",
    organisation_number="556036-0793",
    vat_number="SE556036079301",
    address_lines=("Storgatan 1", "Plan 3"),
    city="Stockholm",
    postcode="111 22",
    country="SE",
    endpoint_scheme="0007",
    endpoint="5560360793",
    contact_name="Fia Finans",
    contact_phone="+46 8 123 45 67",
    contact_email="ekonomi@nordlicht.example",
    f_tax=True,
)
ACME = Party(
    name="Acme AB",
    organisation_number="5567037485",
    vat_number="SE556703748501",
    address_lines=("Sveavägen 2",),
    city="Uppsala",
    postcode="753 10",
    country="SE",
    endpoint_scheme="0007",
    endpoint="556703-7485",
)
GLUEHWEIN = Party(
    name="Glühwein GmbH",
    organisation_number="HRB 12345",
    vat_number="DE 136695976",
    address_lines=("Lindenallee 3",),
    city="Berlin",
    postcode="10115",
    country="DE",
    endpoint_scheme="9930",
    endpoint="DE136695976",
)
FJORD = Party(
    name="Fjord AS",
    organisation_number="974760673",
    vat_number="NO974760673MVA",
    address_lines=("Karl Johans gate 4",),
    city="Oslo",
    postcode="0154",
    country="NO",
    endpoint_scheme="0192",
    endpoint="974760673",
)


def a_line(text: str = "Support, eight hours", quantity: Any = 1, price: Any = 9600, percent: Any = 25, **fields: Any) -> Line:
    """A line whose net follows from quantity, price and base."""
    quantity, price = Decimal(quantity), Decimal(price)
    net = (quantity * price / fields.get("base", Decimal(1))).quantize(CENT, rounding=ROUND_HALF_UP)
    given = {"position": 1, "unit": Unit.PIECE, "category": TAXED, "net": net, **fields}
    return Line(text=text, quantity=quantity, price=price, vat_percent=Decimal(percent), **given)


def facts_of(*lines: Line, **fields: Any) -> InvoiceFacts:
    """An invoice of these lines, its VAT and totals added up; `fields` are set as they are."""
    numbered = [replace(line, position=position) for position, line in enumerate(lines, start=1)]
    rows = _rows(numbered)
    net, vat = sum((row.net for row in rows), Decimal(0)), sum((row.vat for row in rows), Decimal(0))
    prepaid, rounding = fields.get("prepaid", Decimal(0)), fields.get("rounding", Decimal(0))
    said = {
        "kind": Kind.INVOICE,
        "number": "2026-1001",
        "issued_on": ISSUED_ON,
        "due_on": DUE_ON,
        "currency": "SEK",
        "seller": NORDLICHT,
        "buyer": ACME,
        "payment": BANKGIRO,
        "buyer_reference": "ref-4711",
        "payable": net + vat - prepaid + rounding,
        **fields,
    }
    return InvoiceFacts(lines=numbered, vat_rows=rows, net=net, vat=vat, total=net + vat, **said)


def domestic(**fields: Any) -> InvoiceFacts:
    """A top-up of eight hours at 25 %."""
    return facts_of(a_line(), **fields)


def mixed_rates(**fields: Any) -> InvoiceFacts:
    """25, 12 and 6 % on one invoice, by several lines each."""
    return facts_of(
        a_line(price="1000.01"),
        a_line("Meal", 3, "119.90", 12),
        a_line("Handbook", 2, "349.99", 6),
        a_line("Travel", "42.5", "5.25", 25, unit=Unit.KILOMETRE),
        order_reference="PO-88",
        contract_reference="AVTAL-7",
        **fields,
    )


def by_the_minute(**fields: Any) -> InvoiceFacts:
    """Time in minutes, priced per 60 (rule I2)."""
    minutes = {"unit": Unit.MINUTE, "base": Decimal(60)}
    return facts_of(
        a_line("Session S-12", 47, "1195.00", note="Tessa: patched the mail server", order_line="10", **minutes),
        a_line("Session S-13", 125, "1195.00", **minutes),
        order_reference="PO-88",
        buyer_reference="",
        period=(date(2026, 10, 1), date(2026, 10, 31)),
        supplied_on=date(2026, 10, 31),
        taxed_on=date(2026, 10, 31),
        **fields,
    )


def reverse_charge(**fields: Any) -> InvoiceFacts:
    """To a business in another country of the EU."""
    return facts_of(a_line(percent=0, category=REVERSED), **{"buyer": GLUEHWEIN, "payment": IBAN, **fields})


def outside_the_eu(**fields: Any) -> InvoiceFacts:
    """To a business beyond the EU."""
    return facts_of(
        a_line(percent=0, category=OUTSIDE),
        **{"buyer": FJORD, "payment": IBAN, "supplied_on": date(2026, 11, 2), "taxed_on": date(2026, 11, 2), **fields},
    )


def in_euro(**fields: Any) -> InvoiceFacts:
    """In euro, with the VAT in kronor by a rate and its date."""
    euro = {
        "currency": "EUR",
        "books_currency": "SEK",
        "vat_in_books": Decimal("2284.62"),
        "rate": Decimal("11.4231"),
        "rate_on": ISSUED_ON,
    }
    return facts_of(a_line(price=800), **{"payment": IBAN, **euro, **fields})


def rounded_to_kronor(**fields: Any) -> InvoiceFacts:
    """A sum to pay in whole kronor."""
    return facts_of(a_line(price="1000.33"), rounding=Decimal("-0.41"), **fields)


def prepaid(**fields: Any) -> InvoiceFacts:
    """A part was paid before."""
    return facts_of(a_line(), prepaid=Decimal("2000.50"), notes=("Thank you for the advance.", "Two notes in one."), **fields)


def reduced_price(**fields: Any) -> InvoiceFacts:
    """What is taken off is a line of its own, by its quantity or by its price."""
    return facts_of(
        a_line(), a_line("Discount", -1, 600), a_line("Goodwill", 2, "-50.25"), terms="30 days net\nInterest after that", **fields
    )


def credit_note(**fields: Any) -> InvoiceFacts:
    """The whole of an invoice, credited."""
    said = {"kind": Kind.CREDIT_NOTE, "number": "K-17", "preceding": (("2026-1001", ISSUED_ON),), "due_on": None, "payment": PaymentMeans()}
    return facts_of(a_line(), **{**said, **fields})


def part_credited(**fields: Any) -> InvoiceFacts:
    """Part of an invoice in minutes, to be paid back by a day."""
    minutes = {"unit": Unit.MINUTE, "base": Decimal(60)}
    return replace(credit_note(due_on=DUE_ON, **fields), **_figures(a_line("Twenty minutes of S-13", 20, "1195.00", **minutes)))


KINDS = [
    domestic,
    mixed_rates,
    by_the_minute,
    reverse_charge,
    outside_the_eu,
    in_euro,
    rounded_to_kronor,
    prepaid,
    reduced_price,
    credit_note,
    part_credited,
]


def _figures(*lines: Line) -> dict[str, Any]:
    whole = facts_of(*lines)
    return {name: getattr(whole, name) for name in ("lines", "vat_rows", "net", "vat", "total", "payable")}


def _rows(lines: list[Line]) -> list[VatRow]:
    treatments = dict.fromkeys((line.category, line.vat_percent) for line in lines)
    nets = {key: sum((line.net for line in lines if (line.category, line.vat_percent) == key), Decimal(0)) for key in treatments}
    return [
        VatRow(
            category=category,
            percent=percent,
            net=net,
            vat=(net * percent / 100).quantize(CENT, rounding=ROUND_HALF_UP),
            reason=REASONS.get(category, ""),
        )
        for (category, percent), net in nets.items()
    ]
