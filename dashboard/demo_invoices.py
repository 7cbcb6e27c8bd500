"""Invoices of the demo: paid, overdue, drafted, made by the product's own verbs at earlier times (rules I1 to I3).

They are there where the profile has terms of invoicing; without them finance marks top-ups paid by hand.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from djmoney.money import Money

from clients import agreements
from credits import topups
from credits.accounts import CreditAccount
from credits.topups import TopUp
from dashboard.demo_reports import Reports
from invoicing import crediting, drafting, issuing, settlement, terms
from invoicing.models import Invoice, PaymentWay
from invoicing.settlement import Received
from people.models import Person

PAID_AFTER = timedelta(days=2)


def buy(account: CreditAccount, minutes: int, *, cause: str, by: Person, fia: Person, at: datetime) -> None:
    """A top-up that was ordered at `at` and is paid two days later, by its invoice where invoices are offered."""
    top_up = topups.order(account=account, minutes=minutes, cause=cause, by=by, at=at)
    paid_at = at + PAID_AFTER
    paid_on, reference = agreements.local_date(paid_at), f"demo {top_up.pk}"
    if terms.offered() is None:
        topups.mark_paid(top_up=top_up, paid_on=paid_on, amount=top_up.total, payment_reference=reference, by=fia, at=paid_at)
        return
    invoice = issue(top_up, by=fia, at=at + timedelta(hours=1))
    received = Received(amount=invoice.open, paid_on=paid_on, reference=invoice.ocr, way=PaymentWay.HAND)
    settlement.pay(invoice, received, by=fia, at=paid_at, cause=f"{cause}:paid")


def issue(top_up: TopUp, *, by: Person, at: datetime) -> Invoice:
    """The invoice of a top-up."""
    draft = drafting.draft_top_up(top_up, by=by, at=at)
    return issuing.issue(draft, by=by, at=at) if draft else top_up.invoice_line.invoice


@dataclass
class InvoiceStory(Reports):
    """What finance sees: an invoice that is overdue, one that was paid in part, a credit note, and drafts."""

    def tell(self) -> None:
        """All of it."""
        if terms.offered() is None:
            return
        self._overdue()
        self._reduced()
        drafting.pull(at=self.at)

    def _overdue(self) -> None:
        """Nordvik has paid half, and the rest is late."""
        account, sven, fia = self._account(self.nordvik.pk), self.people["sven"], self.people["fia"]
        ordered = topups.order(account=account, minutes=480, cause="demo:late", by=sven, at=self._ago(hours=38 * 24))
        invoice = issue(ordered, by=fia, at=self._ago(hours=37 * 24))
        paid_at = self._ago(hours=9 * 24)
        half = Money(invoice.payable / 2, invoice.currency)
        received = Received(amount=half, paid_on=agreements.local_date(paid_at), reference=invoice.ocr)
        settlement.pay(invoice, received, by=fia, at=paid_at, cause="demo:late:half")

    def _reduced(self) -> None:
        """Acme's department was invoiced a top-up that it did not want after all."""
        account, anna, fia = self._account(self.acme.pk, name="Web"), self.people["anna"], self.people["fia"]
        ordered = topups.order(account=account, minutes=960, cause="demo:unwanted", by=anna, at=self._ago(hours=6 * 24))
        invoice = issue(ordered, by=fia, at=self._ago(hours=5 * 24))
        reason = "Ordered for the wrong department."
        crediting.credit(invoice, None, reason=reason, by=fia, at=self._ago(hours=4 * 24), cause="demo:unwanted:credited")

    def _account(self, organisation_id: int, *, name: str = "IT") -> CreditAccount:
        return CreditAccount.objects.get(organisation=organisation_id, name=name)
