"""A debt that is given up (rules I3, I6): nobody will pay the invoice, and what is open of it is lost.

It is a step in the books, not a present: the client may pay yet, and then it is taken back first. Nothing of it is credited
meanwhile. Credit that the invoice sold must be used: what is unused is taken back by a credit note instead.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from djmoney.money import Money

from clients.agreements import local_date
from core.errors import DomainError
from core.formatting import money
from core.reasons import reasoned
from core.sentences import Sentence, sentence
from credits import topups
from credits.topups import Paid, TopUp, TopUpState
from invoicing import freezing, life, settlement, sources
from invoicing.freezing import IN_USE
from invoicing.models import Invoice, InvoiceEventKind, InvoiceKind, Payment, PaymentWay
from people.models import Person


class NotOverdue(DomainError):
    """There is time to pay it."""

    message = gettext_lazy("This invoice is not overdue: it can still be paid in time. Nothing has changed.")


class StillContested(DomainError):
    """The client contests it, and has no answer."""

    message = gettext_lazy("The client contests this invoice. Answer that first. Nothing has changed.")


class CreditThere(DomainError):
    """What the invoice sold is not used, or was not even granted."""

    message = gettext_lazy(
        "Credit of this invoice is unused, or not granted yet. Take it back by a credit note first. Nothing has changed."
    )


class OpenChanged(DomainError):
    """Another sum is open than the one that was shown."""

    def __init__(self, now: Money) -> None:
        super().__init__(now)
        self.now = now

    @property
    def message(self) -> str:
        """Which sum it is now."""
        return _("%(sum)s of this invoice is open now. Nothing has changed; look at it once more.") % {"sum": money(self.now)}


@transaction.atomic
def write_off(invoice: Invoice, *, shown: str, reason: str, by: Person, at: datetime, cause: str) -> Payment:
    """Give up what is open of an overdue invoice; `shown`: the sum that stood on the page. The same `cause` again returns it.

    Raises NotAllowed for anybody but finance, ReasonMissing, ReasonTooLong, NotIssued, NothingOpen, OpenChanged(now), NotOverdue,
    StillContested, CreditThere, PaymentMismatch.
    """
    life.check_finance(by)
    invoice, reason = settlement.locked(invoice), reasoned(reason)
    if found := Payment.objects.filter(cause=cause).first():
        if (found.invoice_id, found.reason) != (invoice.pk, reason):
            raise settlement.PaymentMismatch
        return found
    _check(invoice, shown=shown, at=at)
    payment = Payment.objects.create(
        organisation=invoice.organisation,
        invoice=invoice,
        way=PaymentWay.BAD_DEBT,
        cause=cause,
        currency=invoice.currency,
        amount=invoice.open.amount,
        paid_on=local_date(at),
        recorded_at=at,
        recorded_by=by,
        reason=reason,
    )
    settlement.count(invoice, payment)
    _settle_debts(invoice, payment, by=by, at=at)
    freezing.release(invoice, reason=_why(invoice), by=by, at=at)
    facts = {"payment": payment.pk, "amount": str(payment.amount)}
    life.note(invoice, InvoiceEventKind.WRITTEN_OFF, at=at, by=by, reason=reason, facts=facts)
    return payment


def reopen(invoice: Invoice, *, by: Person, at: datetime) -> Invoice:
    """What was written off of it is open again, for the client pays: the invoice as it is then. Raises NotAllowed."""
    for payment in invoice.payments.filter(way=PaymentWay.BAD_DEBT, amount__gt=0, reversed_by=None):
        settlement.take_back(payment, reason=_("The client has paid."), by=by, at=at)
    return settlement.locked(invoice)


def _settle_debts(invoice: Invoice, payment: Payment, *, by: Person, at: datetime) -> None:
    """Hours that were invoiced afterwards are owed by the invoice alone from then on: in the ledger they are paid (rule C11)."""
    for top_up in sources.top_ups_of(invoice):
        if top_up.debt is not None and top_up.state == TopUpState.ORDERED:
            said = Paid(on=payment.paid_on, amount=top_up.total, reference=invoice.number or "")
            topups.settle(top_up=top_up, paid=said, by=by, at=at)


def _why(invoice: Invoice) -> Sentence:
    """Why nothing is frozen for it any more."""
    return sentence(lambda: _("Invoice %(number)s was written off.") % {"number": invoice.number})


def may(invoice: Invoice, *, at: datetime) -> bool:
    """Whether it could be written off now, for the page to offer it."""
    try:
        _check(invoice, shown=str(invoice.open.amount), at=at)
    except DomainError:
        return False
    return True


def _check(invoice: Invoice, *, shown: str, at: datetime) -> None:
    if invoice.kind != InvoiceKind.INVOICE:
        raise life.NotIssued
    if invoice.open.amount <= 0:
        raise settlement.NothingOpen
    if str(invoice.open.amount) != shown:
        raise OpenChanged(invoice.open)
    if invoice.due_on is None or invoice.due_on >= local_date(at):
        raise NotOverdue
    if invoice.contests.filter(closed_at=None).exists():
        raise StillContested
    if _has_credit(invoice):
        raise CreditThere


def _has_credit(invoice: Invoice) -> bool:
    """Whether it sold credit that is not granted yet and not used already, or something of its credit is left, here or moved."""
    top_ups = TopUp.objects.filter(invoice_line__invoice=invoice)
    waits = top_ups.filter(lot=None, debt=None).exists()
    return waits or freezing.lots_by(top_ups).filter(IN_USE | Q(frozen_minutes__gt=0)).exists()
