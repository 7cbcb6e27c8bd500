"""Where the lines of an invoice come from: the top-ups on it, and their accounts, which are locked before it (rules C3, C4)."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from credits import accounts
from credits.topup_papers import Page
from credits.topups import TopUp, TopUpState
from invoicing import terms
from invoicing.models import Invoice, InvoiceLine, InvoiceState
from sessions import cover


def are_offered() -> bool:
    """Whether the provider makes invoices here, so that an order of a trusted client becomes credit by one (rule C4)."""
    return terms.offered() is not None


def top_ups_of(invoice: Invoice) -> list[TopUp]:
    """The top-ups on it, in the order of its lines."""
    return [
        line.top_up
        for line in invoice.lines.select_related("top_up__account", "top_up__debt", "top_up__automatic").order_by("position")
        if line.top_up is not None
    ]


def unused_of(invoice: Invoice) -> int:
    """How many minutes of the credit that it sold are paid for by what the ledger says, and unused: available or frozen."""
    lines = invoice.lines.filter(top_up__state=TopUpState.PAID).select_related("top_up__lot")
    lots = [line.top_up.lot for line in lines if line.top_up and line.top_up.lot]
    return sum(lot.available_minutes + lot.frozen_minutes for lot in lots)


def lock_accounts(invoice: Invoice) -> None:
    """Lock the accounts of the top-ups on it, and of what was frozen for it: always before the invoice itself (see `invoicing.life`)."""
    frozen = invoice.freezes.filter(released_at=None).values_list("lot__account_id", flat=True)
    accounts.lock(sorted({top_up.account_id for top_up in top_ups_of(invoice)} | set(frozen)))


def wake(top_ups: Iterable[TopUp], *, at: datetime) -> int:
    """Let the bookings that waited for the credit of these move on at once; how many did (rule C6). Their accounts are locked."""
    return sum(cover.follow_account(account_id=account, at=at) for account in sorted({top_up.account_id for top_up in top_ups}))


def invoice_of(top_up: TopUp) -> Invoice | None:
    """The draft or invoice that the top-up stands on."""
    line = InvoiceLine.objects.filter(top_up=top_up).select_related("invoice").first()
    return line.invoice if line is not None else None


def pages_of(top_ups: Iterable[TopUp]) -> dict[int, Page]:
    """The issued invoice of each top-up as credit's lists show it, by the number of the top-up. One query."""
    lines = InvoiceLine.objects.filter(top_up__in=[top_up.pk for top_up in top_ups], invoice__state=InvoiceState.ISSUED)
    return {
        line.top_up_id: Page(label=line.invoice.number or "", url=reverse("invoice", args=[line.invoice_id]), binds=_is_owed(line.invoice))
        for line in lines.select_related("invoice")
        if line.top_up_id is not None
    }


def binds(top_up: TopUp) -> bool:
    """Whether an issued invoice that is still owed, in part at least, asks payment for it: then it is credited, not withdrawn (rule C4)."""
    invoice = invoice_of(top_up)
    return invoice is not None and _is_owed(invoice)


def _is_owed(invoice: Invoice) -> bool:
    return invoice.state == InvoiceState.ISSUED and invoice.credited < invoice.payable
