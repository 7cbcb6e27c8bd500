"""The final settlement of an agreement that has ended (rule P5): what is refunded, credited, paid back and still open, in one list.

It is closed when nothing is left: the agreement is wound up, no credit is owed or unused, every refund is credited, every
invoice is paid, and all money of the client's has gone back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from clients.models import Agreement, Organisation
from credits.accounts import CreditAccount
from credits.ledger import Refund
from invoicing import owed, refunding
from invoicing.models import Invoice, InvoiceKind, InvoiceState, Payout
from invoicing.models.payouts import LIVE
from invoicing.owed import Owed
from invoicing.refunding import DONE, Waiting


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """Of one client. `refunds` are those of the agreement, with what comes next of each that is not credited yet."""

    agreement: Agreement
    refunds: Sequence[tuple[Refund, Invoice | None, Waiting | None]]
    owing: Sequence[CreditAccount]
    unused: Sequence[CreditAccount]
    drafts: Sequence[Invoice]
    open_invoices: Sequence[Invoice]
    credit_notes: Sequence[Invoice]
    owed: Sequence[Owed]
    payouts: Sequence[Payout]

    @property
    def to_credit(self) -> list[Waiting]:
        """Refunds that have no credit note yet, and that need one or a payout."""
        return [waiting for _refund, _note, waiting in self.refunds if waiting is not None and waiting.turn not in DONE]

    @property
    def left(self) -> list[str]:
        """What is still to be done, by name."""
        live = [payout for payout in self.payouts if payout.state in LIVE]
        found = {
            "winding_up": self.agreement.wound_up_at is None,
            "credit": bool(self.unused),
            "debt": bool(self.owing),
            "refunds": bool(self.to_credit),
            "drafts": bool(self.drafts),
            "invoices": bool(self.open_invoices),
            "owed": any(one.waits for one in self.owed),
            "payouts": bool(live),
        }
        return [name for name, is_left in found.items() if is_left]

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return "credit" if self.is_closed else "held"

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left."""
        return not self.left


def ended() -> QuerySet[Agreement]:
    """The agreements that were wound up, the latest first."""
    return Agreement.objects.exclude(wound_up_at=None).select_related("organisation").order_by("-wound_up_at", "-pk")


def settlement(agreement: Agreement) -> Settlement:
    """How it stands now. A fixed number of queries."""
    client = agreement.organisation
    accounts = list(CreditAccount.objects.filter(organisation=client).order_by("pk"))
    invoices = Invoice.objects.filter(organisation=client).select_related("organisation", "preceding").order_by("pk")
    issued = [one for one in invoices if one.state == InvoiceState.ISSUED]
    return Settlement(
        agreement=agreement,
        refunds=_refunds(agreement),
        owing=[account for account in accounts if account.debt_minutes],
        unused=[account for account in accounts if account.available_minutes or account.held_minutes or account.frozen_minutes],
        drafts=[one for one in invoices if one.state == InvoiceState.DRAFT],
        open_invoices=[one for one in issued if one.kind == InvoiceKind.INVOICE and one.open.amount > 0],
        credit_notes=[one for one in issued if one.kind == InvoiceKind.CREDIT_NOTE and _belongs(one, agreement)],
        owed=owed.owed([client.pk]),
        payouts=list(_payouts(client)),
    )


def last_of(organisation: Organisation) -> Settlement | None:
    """The settlement of the client's agreement that was wound up last."""
    agreement = ended().filter(organisation=organisation).first()
    return settlement(agreement) if agreement is not None else None


def _refunds(agreement: Agreement) -> list[tuple[Refund, Invoice | None, Waiting | None]]:
    cause = f"agreement:{agreement.pk}:"
    refunds = list(
        Refund.objects.filter(entry__cause__startswith=cause)
        .select_related("entry__account__organisation", "lot", "invoice_line__invoice", "kept")
        .order_by("pk")
    )
    pending = [refund for refund in refunds if note_of(refund) is None and not hasattr(refund, "kept")]
    waiting = {one.refund.pk: one for one in refunding.waiting_now(pending)}
    return [(refund, note_of(refund), waiting.get(refund.pk)) for refund in refunds]


def note_of(refund: Refund) -> Invoice | None:
    """Its issued credit note."""
    line = getattr(refund, "invoice_line", None)
    return line.invoice if line is not None and line.invoice.state == InvoiceState.ISSUED else None


def _belongs(note: Invoice, agreement: Agreement) -> bool:
    """Whether the credit note is of the settlement: issued since the agreement was wound up."""
    return agreement.wound_up_at is not None and note.issued_at is not None and note.issued_at >= agreement.wound_up_at


def _payouts(client: Organisation) -> QuerySet[Payout]:
    return Payout.objects.filter(organisation=client).select_related("organisation", "proposed_by", "approved_by").order_by("-pk")
