"""Money on its way back to clients, for tests."""

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils.translation import override
from djmoney.money import Money

from credits import corrections, ledger
from credits.ledger import Lot, LotSource, LotTerms, Refund, Voucher
from credits.models import CreditAccount
from invoicing import payouts
from invoicing.models import AccountKind, Invoice, Payout
from invoicing.payouts import Wanted
from people.models import Person
from tests.cast import NOON, Cast, Client
from tests.invoicing.scene import an_invoice, paid

_numbers = count(1)


def a_paid_invoice(client: Client, finance: Person, minutes: int = 480, *, at: datetime = NOON) -> Invoice:
    """An invoice of a top-up that is paid, so that it is credit."""
    invoice = an_invoice(client, finance, minutes, at=at)
    paid(invoice, invoice.payable, finance, at=at)
    invoice.refresh_from_db()
    return invoice


def lot_of(invoice: Invoice) -> Lot:
    """The credit that the invoice sold, as it is now."""
    return Lot.objects.get(top_up__invoice_line__invoice=invoice)


def a_refund(cast: Cast, lot: Lot, minutes: int, *, reason: str = "They move in-house", at: datetime = NOON) -> Refund:
    """Unused minutes of a lot that the account manager refunded."""
    with override("en"):
        return corrections.refund(lot=lot, minutes=minutes, reason=reason, cause=f"test:refund:{next(_numbers)}", by=cast.max, at=at)


def an_opening_lot(account: CreditAccount, minutes: int = 600, *, at: datetime = NOON) -> Lot:
    """Credit that was bought before there were invoices of ours, 1 000 an hour."""
    terms = LotTerms(
        source=LotSource.OPENING,
        price_per_hour=Money(1000, "SEK"),
        total_price=Money(Decimal(1000) * minutes / 60, "SEK"),
        vat_percent=Decimal(25),
    )
    voucher = Voucher(cause=f"test:opening:{next(_numbers)}", at=at, reason="", text="")
    return ledger.grant(account=account, minutes=minutes, terms=terms, voucher=voucher)


def wanted(amount: Decimal | int, *, kind: AccountKind = AccountKind.BANKGIRO, account: str = "5050-1055", currency: str = "SEK") -> Wanted:
    """So much to be paid, to a bankgiro where nothing else is said."""
    return Wanted(amount=Money(amount, currency), kind=kind, account=account, reference="Returned 2026-11")


def a_payout(client: Client, finance: Person, amount: Decimal | int, *, at: datetime = NOON, **fields: Any) -> Payout:
    """A proposed payout."""
    return payouts.propose(client.organisation, wanted(amount, **fields), by=finance, at=at, cause=f"test:payout:{next(_numbers)}")
