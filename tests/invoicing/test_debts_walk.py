"""Whatever is done with debt, its drafts and invoices, in whatever order: the books hold, and no paid minute is invoiced (C11, C15)."""

import random
from datetime import timedelta

import pytest

from clients.models import Agreement
from core.errors import DomainError
from credits import audit, ledger
from credits.ledger import EntryKind
from credits.models import Debt, Entry, Lot
from invoicing import crediting, debts, drafting, issuing
from invoicing.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from tests.credits.posting import RATE, grant, voucher
from tests.invoicing.owing import MONTH_OVER, owes
from tests.invoicing.scene import a_top_up, invoicing_terms, paid

pytestmark = pytest.mark.django_db
STEPS = 35


class Walker:
    """Somebody who does anything with what Acme owes, every third day."""

    def __init__(self, cast, client, seed):
        self.cast, self.client, self.dice, self.at = cast, client, random.Random(seed), MONTH_OVER

    def step(self):
        self.at += timedelta(days=3)
        act = self.dice.choice([self.work, self.work, self.top_up, self.order, self.hold, self.reverse, self.freeze, self.pull, self.now])
        act = self.dice.choice([act, self.issue, self.pay, self.credit]) if self.dice.random() < 0.6 else act
        try:
            act()
        except DomainError:
            return

    def work(self):
        owes(self.client, self.dice.randint(1, 12) * 10, at=self.at)

    def top_up(self):
        grant(self.client.account, self.dice.randint(1, 9) * 10, at=self.at)

    def order(self):
        a_top_up(self.client, at=self.at)

    def hold(self):
        held = ledger.promise(account=self.client.account, minutes=60, rate=RATE, cause=f"walk:{self.at}", at=self.at)
        if self.dice.random() < 0.5:
            ledger.capture(hold=held, minutes=50, voucher=voucher(at=self.at))

    def reverse(self):
        found = list(Entry.objects.filter(kind=EntryKind.DEDUCTION, reversed_by=None))
        if found:
            ledger.reverse(entry=self.dice.choice(found), voucher=voucher(at=self.at, reason="Not ours"))

    def freeze(self):
        lots = list(Lot.objects.filter(frozen_at=None, available_minutes__gt=0))
        if lots:
            ledger.freeze(lot=self.dice.choice(lots), voucher=voucher(at=self.at, reason="Overdue"))

    def pull(self):
        drafting.pull(at=self.at)

    def now(self):
        debts.invoice_now(account=self.client.account, by=self.cast.fia, at=self.at)

    def issue(self):
        drafts = list(Invoice.objects.filter(state=InvoiceState.DRAFT).order_by("pk")) or drafting.pull(at=self.at)
        if drafts:
            issuing.issue(drafts[0], by=self.cast.fia, at=self.at)

    def pay(self):
        invoice = self._issued()
        paid(invoice, min(invoice.open.amount, self.dice.choice([500, 100_000])), self.cast.fia, at=self.at)

    def credit(self):
        crediting.credit(self._issued(), None, reason="Wrong", by=self.cast.fia, at=self.at, cause=f"walk:{self.at}")

    def _issued(self):
        found = list(Invoice.objects.filter(state=InvoiceState.ISSUED, kind=InvoiceKind.INVOICE).order_by("pk"))
        if not found:
            raise DomainError
        return self.dice.choice(found)


@pytest.mark.parametrize("seed", range(3))
def test_c11_the_books_hold_whatever_is_done_with_debt(cast, acme, seed):
    invoicing_terms()
    Agreement.objects.filter(organisation=acme.organisation).update(credit_on=["payment", "issue"][seed % 2])
    walker = Walker(cast, acme, seed)

    for _ in range(STEPS):
        walker.step()

    assert audit.audit().findings == []
    for debt in Debt.objects.all():
        lines = InvoiceLine.objects.filter(top_up__debt=debt, invoice__state=InvoiceState.ISSUED)
        assert sum(line.quantity for line in lines) <= debt.minutes
    assert Invoice.objects.filter(state=InvoiceState.ISSUED).exists()
