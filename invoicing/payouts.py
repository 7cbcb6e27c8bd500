"""Money that we owe a client goes back to it, or pays another invoice of its (rules C13, P5, I3).

We owe what credit notes left over of an invoice that was paid, what came in beyond an invoice, and what was refunded of
credit that no invoice of ours sold. All of it is first gathered into the client's money with us, each source once; from there
it pays an open invoice (`resolving.use`), or a payout sets it aside. One of finance proposes a payout, another approves it,
where there is another; it is paid once. Cancelled, the money is the client's still.

Locks: the client's money, then the accounts of the invoice that is paid, then invoices in order of number, then payouts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from djmoney.money import Money

from clients import access
from clients.agreements import local_date
from clients.models import Organisation, StaffDuty
from core.errors import DomainError
from core.formatting import money
from core.reasons import reasoned
from credits.ledger import Refund
from invoicing import bank_numbers, life, refunding, resolving, settlement, sources
from invoicing.models import AccountKind, Invoice, InvoiceEventKind, InvoiceKind, Payment, PaymentWay, Payout, PayoutState
from people.models import Person

LONGEST_REFERENCE = 35


class MoreThanOwed(DomainError):
    """We owe the client less than that, or payouts have set the rest aside."""

    def __init__(self, free: Money) -> None:
        super().__init__(free)
        self.free = free

    @property
    def message(self) -> str:
        """How much we owe."""
        said = _("We owe the client %(free)s in this currency that no other payout has set aside. Nothing has changed.")
        return said % {"free": money(self.free)}


class PayoutMismatch(DomainError):
    """The same form has proposed another payout."""

    message = gettext_lazy("This form has proposed another payout before. Open the page again. Nothing has changed.")


class GiroInKronor(DomainError):
    """Bankgiro and plusgiro take kronor."""

    message = gettext_lazy("Bankgiro and plusgiro take Swedish kronor only: ask the client for an IBAN. Nothing has changed.")


class ReferenceMissing(DomainError):
    """The client must see what it is paid."""

    message = gettext_lazy("Say in 35 characters at most what the client reads with the money. Nothing has changed.")


class NotProposed(DomainError):
    """It was approved or closed."""

    message = gettext_lazy("This payout does not wait for approval any more. Nothing has changed.")


class NotApproved(DomainError):
    """It waits for approval, or is closed."""

    message = gettext_lazy("This payout is not approved, or it is closed. Nothing has changed.")


class PayoutClosed(DomainError):
    """It was paid or cancelled."""

    message = gettext_lazy("This payout has been paid or cancelled. Nothing has changed.")


class AnotherMustApprove(DomainError):
    """Four eyes: who proposed it does not approve it while somebody else can."""

    message = gettext_lazy(
        "A second person must approve a payout: you proposed this one, and somebody else in finance approves it. Nothing has changed."
    )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be paid to which account, and what the client reads with it."""

    amount: Money
    kind: AccountKind
    account: str
    bic: str = ""
    reference: str


@transaction.atomic
def propose(organisation: Organisation, wanted: Wanted, *, by: Person, at: datetime, cause: str) -> Payout:
    """Set a sum of what we owe the client aside, to be paid to an account. The same `cause` again returns the payout.

    Raises NotAllowed for anybody but finance, NotPositive, NotABankgiro, NotAPlusgiro, NotAnIban, NotABic, GiroInKronor,
    ReferenceMissing, MoreThanOwed(free), PayoutMismatch.
    """
    life.check_finance(by)
    account, bic, reference = _checked(wanted)
    resolving.lock_money(organisation)
    said = (organisation.pk, wanted.amount.amount, str(wanted.amount.currency), str(wanted.kind), account)
    if found := Payout.objects.filter(cause=cause).first():
        if said != (found.organisation_id, found.amount, found.currency, found.account_kind, found.account):
            raise PayoutMismatch
        return found
    free = gather(organisation, said[2], by=by, at=at)
    if wanted.amount > free:
        raise MoreThanOwed(free)
    payout = Payout(organisation=organisation, cause=cause, amount=wanted.amount.amount, currency=said[2], proposed_at=at, proposed_by=by)
    payout.account_kind, payout.account, payout.bic, payout.reference = wanted.kind, account, bic, reference
    payout.save(force_insert=True)
    return payout


@transaction.atomic
def approve(payout: Payout, *, by: Person, at: datetime) -> Payout:
    """Agree that it is paid (rule I3). Twice is harmless. Raises NotAllowed, NotProposed, AnotherMustApprove."""
    life.check_finance(by)
    payout = _locked(payout)
    if payout.state == PayoutState.APPROVED and payout.approved_by == by:
        return payout
    if payout.state != PayoutState.PROPOSED:
        raise NotProposed
    payout.alone = by == payout.proposed_by
    if needs_another(payout, by):
        raise AnotherMustApprove
    payout.state, payout.approved_at, payout.approved_by = PayoutState.APPROVED, at, by
    payout.save(update_fields=["state", "approved_at", "approved_by", "alone"])
    return payout


def needs_another(payout: Payout, by: Person) -> bool:
    """Whether somebody else in finance must approve it, for `by` proposed it and is not alone there."""
    return by == payout.proposed_by and access.staff(StaffDuty.FINANCE).exclude(pk=by.pk).exists()


@transaction.atomic
def mark_paid(payout: Payout, *, paid_on: date, by: Person, at: datetime) -> Payout:
    """The money has left (rule I3): the client has as much less with us. The same day again changes nothing.

    Raises NotAllowed, NotApproved, PaidInFuture.
    """
    life.check_finance(by)
    resolving.lock_money(payout.organisation)
    payout = _locked(payout)
    if payout.state == PayoutState.PAID and payout.paid_on == paid_on:
        return payout
    if payout.state != PayoutState.APPROVED:
        raise NotApproved
    if paid_on > local_date(at):
        raise settlement.PaidInFuture
    payout.payment = _moved(
        payout.organisation, -payout.money, PaymentWay.PAYOUT, cause=f"payout:{payout.pk}", by=by, at=at, paid_on=paid_on
    )
    payout.state, payout.paid_on, payout.closed_at, payout.closed_by = PayoutState.PAID, paid_on, at, by
    payout.save(update_fields=["state", "paid_on", "payment", "closed_at", "closed_by"])
    return payout


@transaction.atomic
def cancel(payout: Payout, *, reason: str, by: Person, at: datetime) -> Payout:
    """It is not paid, or the bank sent it back: the money is the client's still.

    Raises NotAllowed, ReasonMissing, ReasonTooLong, PayoutClosed.
    """
    life.check_finance(by)
    reason = reasoned(reason)
    resolving.lock_money(payout.organisation)
    payout = _locked(payout)
    if payout.state == PayoutState.CANCELLED:
        return payout
    if payout.closed_at is not None:
        raise PayoutClosed
    payout.state, payout.reason, payout.closed_at, payout.closed_by = PayoutState.CANCELLED, reason, at, by
    payout.save(update_fields=["state", "reason", "closed_at", "closed_by"])
    return payout


@transaction.atomic
def set_off(invoice: Invoice, *, by: Person, at: datetime, key: str) -> Payment:
    """Pay an open invoice with what we owe its client, in one step; the invoices that it came from say so too (rule I3).

    The same `key` again returns the payment. Raises NotAllowed, NotIssued, NothingKept, NothingOpen, PaymentMismatch.
    """
    life.check_finance(by)
    resolving.lock_money(invoice.organisation)
    sources.lock_accounts(invoice)
    if not Payment.objects.filter(cause=f"kept:{by.pk}:{key}").exists():
        gather(invoice.organisation, invoice.currency, by=by, at=at, used_for=invoice)
    return resolving.use(invoice, by=by, at=at, key=key)


@transaction.atomic
def gather(organisation: Organisation, currency: str, *, by: Person, at: datetime, used_for: Invoice | None = None) -> Money:
    """Bring together what we owe the client in a currency, each source once: what of it no payout has set aside."""
    resolving.lock_money(organisation)
    for invoice in overpaid().filter(organisation=organisation, currency=currency).order_by("pk"):
        _keep_surplus(invoice, used_for, by=by, at=at)
    for refund in unsold_refunds([organisation.pk]):
        if str(refund.total.currency) == currency:
            cause = f"refund:{refund.pk}:kept"
            _moved(organisation, refund.total, PaymentWay.REFUND, cause=cause, by=by, at=at, refund=refund)
    return resolving.free_of(organisation, currency)


def overpaid() -> QuerySet[Invoice]:
    """The issued invoices of which credit notes have left something over."""
    return Invoice.objects.issued().filter(kind=InvoiceKind.INVOICE, payable__lt=F("paid") + F("credited") - Decimal("0.005"))


def unsold_refunds(organisations: Iterable[int] | None = None) -> list[Refund]:
    """Refunds of credit that no invoice of ours sold, and that are not with the client's money yet; of these clients only (rule C13)."""
    refunds = refunding.not_credited()
    if organisations is not None:
        refunds = refunds.filter(entry__account__organisation__in=organisations)
    return [waiting.refund for waiting in refunding.waiting_now(refunds) if waiting.turn == refunding.Turn.NO_INVOICE]


def _checked(wanted: Wanted) -> tuple[str, str, str]:
    """Account, BIC and reference as they are kept."""
    if wanted.amount.amount <= 0:
        raise settlement.NotPositive
    if wanted.kind != AccountKind.IBAN and str(wanted.amount.currency) != "SEK":
        raise GiroInKronor
    check = {AccountKind.BANKGIRO: bank_numbers.bankgiro, AccountKind.PLUSGIRO: bank_numbers.plusgiro}.get(wanted.kind, bank_numbers.iban)
    bic = bank_numbers.bic(wanted.bic) if wanted.bic.strip() and wanted.kind == AccountKind.IBAN else ""
    reference = " ".join(wanted.reference.replace("\0", "").split())
    if not reference or len(reference) > LONGEST_REFERENCE:
        raise ReferenceMissing
    return check(wanted.account), bic, reference


def _keep_surplus(found: Invoice, used_for: Invoice | None, *, by: Person, at: datetime) -> None:
    invoice = life.locked_issued(found)
    surplus = -invoice.open
    if surplus.amount <= 0:
        return
    cause = f"over:{invoice.pk}:{invoice.payments.count()}"
    _moved(invoice.organisation, -surplus, PaymentWay.CREDIT, cause=cause, by=by, at=at, invoice=invoice)
    _moved(invoice.organisation, surplus, PaymentWay.CREDIT, cause=f"{cause}:kept", by=by, at=at, reference=invoice.ocr)
    invoice.paid -= surplus.amount
    invoice.save(update_fields=["paid"])
    facts = {"amount": str(surplus.amount)} | ({"used_for": used_for.number or ""} if used_for is not None else {})
    life.note(invoice, InvoiceEventKind.KEPT, at=at, by=by, facts=facts)


def _moved(organisation: Organisation, amount: Money, way: PaymentWay, *, cause: str, by: Person, at: datetime, **said: Any) -> Payment:
    """A row of the client's money; `said` is what else stands on it, the day where it is not today."""
    payment = Payment(organisation=organisation, way=way, cause=cause, **({"paid_on": local_date(at)} | said))
    payment.amount, payment.currency = amount.amount, str(amount.currency)
    payment.recorded_at, payment.recorded_by = at, by
    payment.save(force_insert=True)
    return payment


def _locked(payout: Payout) -> Payout:
    found = Payout.objects.select_for_update(of=("self",)).select_related("organisation", "proposed_by", "approved_by")
    return found.get(pk=payout.pk)
