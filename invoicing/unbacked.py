"""Credit that no money stands behind any more: its payment was taken back, or its invoice was credited (rules C4, C13, I5).

Nothing happens to it by itself: the account manager is told, and finance freezes it until it is paid, or takes back what is
unused of it. What is taken back is a refund in the ledger, at the lot's own price; where the invoice has something left to be
credited it becomes a credit note, so that as much less is owed, and no money goes back that never came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.reasons import reasoned
from credits import correction_messages, ledger
from credits.ledger import Lot, LotPocket, Voucher
from credits.topups import TopUp, TopUpState
from invoicing import crediting, life, messages, refunding, sources
from invoicing.models import Invoice, InvoiceEventKind, InvoiceKind, InvoiceState
from people.models import Person


class NothingUnbacked(DomainError):
    """All credit of the invoice is paid for, used or gone."""

    message = _("No unused credit of this invoice is without its money. Nothing has changed.")


class Why(StrEnum):
    """Why credit of an invoice is to be looked at: nobody paid for it, what was paid is credited, or it is frozen though paid for."""

    UNPAID = "unpaid"
    CREDITED = "credited"
    FROZEN = "frozen"


@dataclass(frozen=True)
class Unbacked:
    """Unused credit of a top-up, in minutes, that nobody has paid for; `is_frozen`: it cannot be used."""

    top_up: TopUp
    lot: Lot
    minutes: int
    is_frozen: bool


def of(invoice: Invoice) -> list[Unbacked]:
    """What is unused of the credit that the invoice sold and that has no money behind it."""
    if invoice.state != InvoiceState.ISSUED or invoice.kind != InvoiceKind.INVOICE:
        return []
    lines = invoice.lines.filter(top_up__state=TopUpState.PAID).select_related("top_up__lot", "top_up__account").order_by("position")
    lines = lines.annotate(taken=Sum("credited_by__net", default=Decimal(0)))
    loose = [line.top_up for line in lines if line.top_up and (invoice.open.amount > 0 or line.taken >= line.net)]
    found = [_unbacked(top_up, top_up.lot) for top_up in loose if top_up.lot is not None]
    return [one for one in found if one.minutes]


def frozen_of(invoice: Invoice) -> list[Unbacked]:
    """Credit of an invoice that is paid after all, and that we froze meanwhile."""
    if invoice.state != InvoiceState.ISSUED or invoice.open.amount > 0:
        return []
    loose = {one.lot.pk for one in of(invoice)}
    froze = set(invoice.events.filter(kind=InvoiceEventKind.FROZEN).values_list("facts__lot", flat=True))
    paid = [top_up for top_up in sources.top_ups_of(invoice) if top_up.state == TopUpState.PAID and top_up.lot_id in froze - loose]
    return [one for one in (_unbacked(top_up, top_up.lot) for top_up in paid if top_up.lot) if one.is_frozen]


def why(invoice: Invoice) -> Why | None:
    """What is the matter with its credit; None where nothing is."""
    if of(invoice):
        return Why.UNPAID if invoice.open.amount > 0 else Why.CREDITED
    return Why.FROZEN if frozen_of(invoice) else None


@transaction.atomic
def freeze(invoice: Invoice, *, by: Person, at: datetime, reason: str) -> list[Unbacked]:
    """Freeze it, so that nothing more of it is used until it is paid; the client is told (rule I5). Twice is harmless.

    Raises NotAllowed for anybody but finance, ReasonMissing, ReasonTooLong, NotIssued, NothingUnbacked.
    """
    invoice, found, reason = _locked(invoice, by, reason)
    for one in found:
        if not one.is_frozen:
            entry = ledger.freeze(lot=one.lot, voucher=_voucher(invoice, one, "freeze", by=by, at=at, reason=reason))
            correction_messages.frozen(entry, at=at)
            life.note(invoice, InvoiceEventKind.FROZEN, at=at, by=by, reason=reason, facts={"lot": one.lot.pk, "minutes": one.minutes})
    return found


@transaction.atomic
def unfreeze(invoice: Invoice, *, by: Person, at: datetime, reason: str) -> list[Unbacked]:
    """Its invoice is paid after all: what we froze of it can be used again (rule I5). Raises NotAllowed, NothingUnbacked."""
    life.check_finance(by)
    sources.lock_accounts(invoice)
    invoice, reason = life.locked_issued(invoice), reasoned(reason)
    found = frozen_of(invoice)
    if not found:
        raise NothingUnbacked
    for one in found:
        entry = ledger.unfreeze(lot=one.lot, voucher=_voucher(invoice, one, "unfreeze", by=by, at=at, reason=reason))
        correction_messages.unfrozen(entry, at=at)
    return found


@transaction.atomic
def take_back(invoice: Invoice, *, by: Person, at: datetime, reason: str) -> list[Unbacked]:
    """Take back all that is unused of it, and owe as much less of its invoice (rules C13, I1). The client is told.

    Raises NotAllowed for anybody but finance, ReasonMissing, ReasonTooLong, NotIssued, NothingUnbacked, and what issuing raises.
    """
    invoice, found, reason = _locked(invoice, by, reason)
    for one in found:
        pocket = LotPocket.FROZEN if one.is_frozen else LotPocket.AVAILABLE
        voucher = _voucher(invoice, one, "taken-back", by=by, at=at, reason=reason)
        refund = ledger.refund(lot=one.lot, minutes=one.minutes, voucher=voucher, pocket=pocket)
        life.note(invoice, InvoiceEventKind.UNBACKED, at=at, by=by, reason=reason, facts={"lot": one.lot.pk, "minutes": one.minutes})
        _credited(refund, by=by, at=at)
    messages.credit_taken_back(invoice, minutes=_minutes(found), reason=reason, at=at)
    return found


def _credited(refund: ledger.Refund, *, by: Person, at: datetime) -> None:
    """Its credit note, for what other credit notes have left of the line; none where nothing is left."""
    try:
        refunding.credit_rest(refund, by=by, at=at)
    except crediting.NothingToCredit:
        return


def _locked(invoice: Invoice, by: Person, reason: str) -> tuple[Invoice, list[Unbacked], str]:
    life.check_finance(by)
    reason = reasoned(reason)
    sources.lock_accounts(invoice)
    invoice = life.locked_issued(invoice)
    found = of(invoice)
    if not found:
        raise NothingUnbacked
    return invoice, found, reason


def _unbacked(top_up: TopUp, lot: Lot) -> Unbacked:
    is_frozen = lot.frozen_at is not None
    return Unbacked(top_up, lot, lot.frozen_minutes if is_frozen else lot.available_minutes, is_frozen)


def _voucher(invoice: Invoice, one: Unbacked, act: str, *, by: Person, at: datetime, reason: str) -> Voucher:
    """Named by how often it was done: the account is locked, and what was done is looked at first."""
    done = one.lot.entries.filter(cause__startswith=f"invoice:{invoice.pk}:{act}:").count()
    return Voucher(cause=f"invoice:{invoice.pk}:{act}:{one.lot.pk}:{done + 1}", at=at, by=by, reason=reason, text=invoice.number or "")


def _minutes(found: Iterable[Unbacked]) -> int:
    return sum(one.minutes for one in found)
