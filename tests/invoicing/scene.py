"""Invoices in every state, for tests."""

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from djmoney.money import Money

from credits import topups
from credits.topups import TopUp
from invoicing import drafting, issuing, settlement
from invoicing.models import ExchangeRate, Invoice, InvoicingTerms, Payment
from invoicing.settlement import Received
from people.models import Person
from tests.cast import NOON, Client

_numbers = count(1)


def invoicing_terms(**fields: Any) -> InvoicingTerms:
    """Thirty days, bankgiro 5050-1055, an IBAN, approved for F-tax, numbers that begin with nothing and with K."""
    given: dict[str, Any] = {"bankgiro": "5050-1055", "iban": "SE4550000000058398257466", "bic": "ESSESESS", "f_tax": True}
    given |= {"endpoint_scheme": "0007", "endpoint": "5566778899"}
    return InvoicingTerms.objects.create(pk=1, **(given | fields))


def a_top_up(client: Client, minutes: int = 480, *, at: datetime = NOON) -> TopUp:
    """An order of the approver's: 8 h at 1 200 are 9 600 without VAT, 12 000 with it."""
    return topups.order(account=client.account, minutes=minutes, cause=f"test:top-up:{next(_numbers)}", by=client.approver, at=at)


def a_draft(client: Client, minutes: int = 480, *, at: datetime = NOON) -> Invoice:
    """The draft of a top-up."""
    return draft_of(a_top_up(client, minutes, at=at), at=at)


def draft_of(order: TopUp, *, at: datetime = NOON) -> Invoice:
    """The draft of this order."""
    draft = drafting.draft_top_up(order, by=None, at=at)
    assert draft is not None
    return draft


def an_invoice(client: Client, finance: Person, minutes: int = 480, *, at: datetime = NOON) -> Invoice:
    """An issued invoice of a top-up."""
    return issuing.issue(a_draft(client, minutes, at=at), by=finance, at=at)


def in_euro(client: Client, finance: Person) -> Invoice:
    """An invoice of 12 000 euro."""
    ExchangeRate.objects.create(currency="EUR", starts_on=NOON.date(), rate=11)
    draft = a_draft(client)
    Invoice.objects.filter(pk=draft.pk).update(currency="EUR")
    return issuing.issue(draft, by=finance, at=NOON)


def paid(invoice: Invoice, amount: Decimal | int, finance: Person, *, at: datetime = NOON) -> Payment:
    """A payment of so much that came in today."""
    received = Received(amount=Money(amount, invoice.currency), paid_on=at.date())
    return settlement.pay(invoice, received, by=finance, at=at, cause=f"test:payment:{next(_numbers)}")
