"""Credit of an order that is not paid is frozen when its invoice is long overdue, and released by itself (rules C4, I5).

Only credit that was granted when it was ordered, with what was moved from it to other accounts. What bookings hold stays held.
Released is what we froze, when the invoice is paid or credited, when the client was right to contest it, or when it gets more time; what
somebody froze by hand, or released and froze anew, is theirs. An invoice that is contested or stopped freezes nothing.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from clients.agreements import local_date
from clients.models import CreditOn
from core.batches import each
from core.formatting import day, money
from core.once import at_one_moment
from core.sentences import Sentence, in_language
from credits import accounts, correction_messages, ledger
from credits.ledger import Lot, Voucher
from credits.topups import TopUp, TopUpState
from invoicing import life, pressing, terms
from invoicing.models import Invoice, InvoiceEventKind, InvoiceFreeze, InvoicingTerms
from people.models import Person

IN_USE = Q(available_minutes__gt=0) | Q(held_minutes__gt=0)


@at_one_moment()
def freeze_due(at: datetime) -> int:
    """Freeze what is to be frozen; for how many invoices that was."""
    now = terms.offered()
    if now is None:
        return 0
    owed = unpaid_top_ups().values("invoice_line__invoice")
    frozen = InvoiceFreeze.objects.filter(invoice=OuterRef("pk"), released_at=None)
    listed = pressing.overdue(local_date(at)).filter(~Exists(frozen), pk__in=owed)
    return each([invoice for invoice in listed if _is_due(invoice, now, at)], lambda invoice: _freeze(invoice, now, at))


def release(invoice: Invoice, *, reason: Sentence, by: Person | None, at: datetime) -> int:
    """Release what we froze for the invoice, whose accounts and row the caller has locked; how many lots that were.

    Why stands in the ledger in the client's language, and among what happened in everybody's.
    """
    rows = list(invoice.freezes.filter(released_at=None).select_related("lot").order_by("pk"))
    why = in_language(reason, invoice.organisation.language)
    released = sum(_release(row, reason=why, by=by, at=at) for row in rows)
    if released:
        life.note(invoice, InvoiceEventKind.RELEASED, at=at, by=by, reason=reason)
    return released


def frozen_for(invoice: Invoice) -> list[Lot]:
    """The lots that we keep frozen for the invoice."""
    rows = invoice.freezes.filter(released_at=None).select_related("lot__account").order_by("pk")
    return [row.lot for row in rows if row.lot.frozen_at == row.frozen_at]


def unpaid_top_ups() -> QuerySet[TopUp]:
    """Orders that became credit before they were paid."""
    return TopUp.objects.filter(credit_on=CreditOn.ISSUE, state=TopUpState.ORDERED, lot__isnull=False)


def lots_by(top_ups: QuerySet[TopUp]) -> QuerySet[Lot]:
    """The lots that these became, and what was moved from them. A query for each time that something was moved on."""
    found: set[int] = set()
    layer = set(Lot.objects.filter(pk__in=top_ups.values("lot")).values_list("pk", flat=True))
    while layer:
        found |= layer
        layer = set(Lot.objects.filter(origin__in=layer).exclude(pk__in=found).values_list("pk", flat=True))
    return Lot.objects.filter(pk__in=found)


@transaction.atomic
def _freeze(invoice: Invoice, now: InvoicingTerms, at: datetime) -> bool:
    """Under the locks everything is asked again: it may have been paid, or another loop been quicker."""
    lots = _lots_of(invoice)
    accounts.lock(sorted({lot.account_id for lot in lots}))
    invoice = life.locked_issued(invoice)
    if not _is_due(invoice, now, at) or invoice.freezes.filter(released_at=None).exists():
        return False
    done = [lot for lot in _lots_of(invoice) if _freeze_lot(lot, invoice, at)]
    if done:
        life.note(invoice, InvoiceEventKind.FROZEN, at=at, by=None, facts={"lots": [lot.pk for lot in done]})
    return bool(done)


def _is_due(invoice: Invoice, now: InvoicingTerms, at: datetime) -> bool:
    """Whether its credit is to be frozen on that day."""
    today = local_date(at)
    if invoice.open.amount <= 0 or _stands_still(invoice, today):
        return False
    return pressing.counted_from(invoice) + timedelta(days=now.freeze_days) < today


def _stands_still(invoice: Invoice, today: date) -> bool:
    """Contested, or stopped by itself; that the client gets no reminders does not keep its credit."""
    return pressing.open_contest(invoice) is not None or pressing.standing_stop(invoice, today=today) is not None


def _lots_of(invoice: Invoice) -> list[Lot]:
    """The lots of its unpaid orders, and what was moved from them, that nobody has frozen and of which something is left."""
    listed = lots_by(unpaid_top_ups().filter(invoice_line__invoice=invoice)).filter(IN_USE, frozen_at=None, account__closed_at=None)
    return list(listed.select_related("account__organisation").order_by("account_id", "pk"))


def _freeze_lot(lot: Lot, invoice: Invoice, at: datetime) -> bool:
    if InvoiceFreeze.objects.filter(lot=lot, released_at=None).exists():
        return False
    round_ = invoice.freezes.filter(lot=lot).count() + 1
    cause = f"invoice:{invoice.pk}:overdue:{lot.pk}:{round_}"
    entry = ledger.freeze(lot=lot, voucher=Voucher(cause=cause, at=at, reason=_why(invoice)))
    lot = Lot.objects.get(pk=lot.pk)
    InvoiceFreeze.objects.create(invoice=invoice, lot=lot, frozen_at=lot.frozen_at or at)
    correction_messages.frozen(entry, at=at)
    return True


def _release(row: InvoiceFreeze, *, reason: str, by: Person | None, at: datetime) -> bool:
    """The row is closed in any case; the lot is released if it is still as we froze it. Nobody is told of one that is empty."""
    lot = Lot.objects.get(pk=row.lot_id)
    is_ours = lot.frozen_at == row.frozen_at
    if is_ours:
        entry = ledger.unfreeze(lot=lot, voucher=Voucher(cause=f"invoice-freeze:{row.pk}:released", at=at, by=by, reason=reason))
        if lot.frozen_minutes:
            correction_messages.unfrozen(entry, at=at)
    row.released_at = at
    row.save(update_fields=["released_at"])
    return is_ours


def _why(invoice: Invoice) -> str:
    """Why it is frozen, in the client's language."""
    with override(invoice.organisation.language):
        said = _("Invoice %(number)s was to be paid by %(due)s, and %(open)s of it is open. It can be used again when the invoice is paid.")
        return said % {"number": invoice.number, "due": day(invoice.due_on or date.min), "open": money(invoice.open)}
