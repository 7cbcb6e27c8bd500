"""Buyers at home and abroad, and documents of any sum and rate, for tests of what the authorities are told."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from clients.models import Organisation, Provider
from invoicing import composing, crediting, issuing
from invoicing.facts import Unit
from invoicing.models import ExchangeRate, Invoice, InvoiceLine, Verdict
from invoicing.vies import Answer
from people.models import Person
from tests.cast import NOON, Client

GERMAN, DANISH, FINNISH = "DE136695976", "DK13585628", "FI20774740"
OURS = "SE556677889901"
_numbers = count(1)


def registered(**fields: Any) -> Provider:
    """The provider with a VAT number and a telephone."""
    ours = Provider.objects.get()
    for name, value in ({"vat_number": OURS, "phone": "+46 8 123 45 67"} | fields).items():
        setattr(ours, name, value)
    ours.save()
    return ours


def moved_to(client: Client, country: str, vat_number: str = "", **fields: Any) -> Organisation:
    """The client as a business of another country."""
    for name, value in ({"country": country, "vat_number": vat_number} | fields).items():
        setattr(client.organisation, name, value)
    client.organisation.save()
    return client.organisation


def drafted(client: Client, *parts: tuple[Any, Any], currency: str = "SEK", at: datetime = NOON, text: str = "Support") -> Invoice:
    """A draft of lines of (net, VAT percent)."""
    empty = composing.empty(client.organisation, cause=f"test:sold:{next(_numbers)}", currency=currency, by=None, at=at)
    one = InvoiceLine(text=text, quantity=Decimal(1), unit=Unit.PIECE, base=1)
    lines = []
    for net, percent in parts:
        line = InvoiceLine(text=one.text, quantity=one.quantity, unit=one.unit, base=one.base)
        line.net = line.price = Decimal(str(net))
        line.vat_percent = Decimal(str(percent))
        lines.append(line)
    draft = composing.written(empty, lines, at=at, by=None)
    assert draft is not None
    return draft


def sold(client: Client, finance: Person, *parts: tuple[Any, Any], currency: str = "SEK", at: datetime = NOON) -> Invoice:
    """The same, issued."""
    return issuing.issue(drafted(client, *parts, currency=currency, at=at), by=finance, at=at)


def credited(invoice: Invoice, net: Any, finance: Person, *, at: datetime = NOON) -> Invoice:
    """A credit note for so much of its first line."""
    line = invoice.lines.order_by("position")[0]
    cause = f"test:note:{next(_numbers)}"
    return crediting.credit(invoice, {line.pk: Decimal(str(net))}, reason="Agreed", by=finance, at=at, cause=cause)


def euro(rate: str = "11.50", starts_on: date = date(2026, 1, 1)) -> ExchangeRate:
    """What a euro is in the books."""
    return ExchangeRate.objects.create(currency="EUR", starts_on=starts_on, rate=Decimal(rate))


YES = Answer(verdict=Verdict.VALID, request_identifier="WAPIAAAAYz0-GZ8v", name="Glühwein GmbH")
NO = Answer(verdict=Verdict.INVALID, request_identifier="WAPIAAAAYz0-NO00")
AWAY = Answer(verdict=Verdict.UNAVAILABLE, trouble="MS_UNAVAILABLE")


class Register:
    """Answers what the test says, in order, the last for ever; remembers what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, str]]()

    def check(self, number: str, requester: str) -> Answer:
        self.asked.append((number, requester))
        return replace(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
