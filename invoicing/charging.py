"""Late charges: what an invoice cost late becomes a source that is drafted as an invoice of its own, without VAT (rule I5).

A job makes one when a late invoice has been paid; finance may ask for it before, and then the next one is of what came since.
Finance may waive one, with a reason. Below the smallest sum (*setting*) nothing is invoiced. What was issued under terms by
which nothing is charged costs nothing, whatever the terms are now.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import provider
from clients.agreements import local_date
from core.batches import each
from core.errors import DomainError
from core.formatting import money
from core.once import at_one_moment
from core.reasons import reasoned
from invoicing import late, late_terms, life, terms
from invoicing.interest import Span
from invoicing.models import Invoice, InvoiceContest, InvoiceEventKind, InvoiceKind, LateCharge, Payment
from people.models import Person


class NothingToCharge(DomainError):
    """It has cost nothing late that was not charged before."""

    message = _("There is nothing to charge for this invoice. Nothing has changed.")


class TooLittle(DomainError):
    """So little is not invoiced."""

    def __init__(self, smallest: Money) -> None:
        super().__init__(smallest)
        self.smallest = smallest

    @property
    def message(self) -> str:
        """From which sum on it is."""
        return _("Late charges below %(smallest)s are not invoiced. Nothing has changed.") % {"smallest": money(self.smallest)}


class StillContested(DomainError):
    """While it is contested nothing is charged."""

    message = _("This invoice is contested. Nothing is charged until that has been answered.")


class ChargeInvoiced(DomainError):
    """It stands on a draft or an invoice."""

    message = _("This charge stands on a draft or an invoice. Nothing has changed; drop the draft first, or issue a credit note.")


@at_one_moment()
def charge_due(at: datetime) -> int:
    """Charge late invoices that have been paid; how many charges were made, those of too little not counted."""
    return each(paid_late(), lambda invoice: _charge_paid(invoice, at)) if terms.offered() is not None else 0


@transaction.atomic
@at_one_moment()
def charge(invoice: Invoice, *, by: Person, at: datetime, cause: str) -> LateCharge:
    """Charge what the invoice has cost late so far. The same `cause` again returns the charge.

    Raises NotAllowed for anybody but finance, NotIssued, StillContested, NothingToCharge, TooLittle(smallest), RateUnknown.
    """
    life.check_finance(by)
    invoice = life.locked_issued(invoice)
    if found := LateCharge.objects.filter(cause=cause, invoice=invoice).first():
        return found
    if invoice.contests.filter(closed_at=None).exists():
        raise StillContested
    made = _charge_of(invoice, on=local_date(at), at=at)
    if made.total <= 0 or invoice.late_charges.filter(until_on=made.until_on).exists():
        raise NothingToCharge
    smallest = late_terms.current().smallest
    if made.total < smallest:
        raise TooLittle(Money(smallest, invoice.currency))
    made.cause, made.made_by = cause, by
    return _kept(made, by=by, at=at)


@transaction.atomic
def waive(charge: LateCharge, *, reason: str, by: Person, at: datetime) -> LateCharge:
    """Let the client off a charge that is on no draft and no invoice. Waived already: who was first stands.

    Raises NotAllowed for anybody but finance, ReasonMissing, ReasonTooLong, ChargeInvoiced.
    """
    life.check_finance(by)
    reason = reasoned(reason)
    row = LateCharge.objects.select_for_update(of=("self",)).select_related("invoice__organisation").get(pk=charge.pk)
    if row.waived_at is not None:
        return row
    if hasattr(row, "invoice_line"):
        raise ChargeInvoiced
    row.waived_at, row.waived_by, row.waived_why = at, by, reason
    row.save(update_fields=["waived_at", "waived_by", "waived_why"])
    life.note(row.invoice, InvoiceEventKind.WAIVED, at=at, by=by, reason=reason, facts={"charge": row.pk, "total": str(row.total)})
    return row


def paid_late() -> QuerySet[Invoice]:
    """Invoices that were paid in full too late, under terms by which that costs, and are not charged through the last payment."""
    standing = Payment.objects.filter(invoice=OuterRef("pk"), amount__gt=0, reversed_by=None).order_by("-paid_on")
    charged = LateCharge.objects.filter(invoice=OuterRef("pk"), until_on__gte=OuterRef("last_paid_on"))
    contested = InvoiceContest.objects.filter(invoice=OuterRef("pk"), closed_at=None)
    paid = Invoice.objects.issued().filter(kind=InvoiceKind.INVOICE, payable__lte=F("paid") + F("credited") + Decimal("0.005"))
    paid = paid.filter(written_off=0)
    dated = paid.exclude(late_terms={}).annotate(last_paid_on=Subquery(standing.values("paid_on")[:1]))
    return dated.filter(~Exists(charged), ~Exists(contested), last_paid_on__gt=F("due_on")).order_by("pk")


@transaction.atomic
def _charge_paid(invoice: Invoice, at: datetime) -> bool:
    """Under the lock it is asked again. What is too little is waived at once; where no rate is known it waits."""
    invoice = life.locked_issued(invoice)
    until = late.paid_up_on(invoice)
    if until is None or invoice.late_charges.filter(until_on__gte=until).exists() or invoice.contests.filter(closed_at=None).exists():
        return False
    try:
        made = _charge_of(invoice, on=until, at=at)
    except late.RateUnknown:
        return False
    made.cause = f"late:{invoice.pk}:{until.isoformat()}"
    smallest = late_terms.current().smallest
    if made.total < smallest or made.total <= 0:
        made.waived_at, made.waived_why = at, _too_little(Money(smallest, invoice.currency))
    _kept(made, by=None, at=at)
    return made.waived_at is None


def _charge_of(invoice: Invoice, *, on: date, at: datetime) -> LateCharge:
    """A charge of what was not charged yet, through that day or the one it was paid on. Not saved."""
    so_far = late.cost(invoice, on=on, rates=late.reference_rates())
    rest, fees, compensation = late.beyond(invoice, so_far)
    until = min(on, late.paid_up_on(invoice) or on)
    spans = [_as_value(span) for span in so_far.spans]
    return LateCharge(invoice=invoice, until_on=until, interest=rest, fees=fees, compensation=compensation, spans=spans, made_at=at)


def _kept(made: LateCharge, *, by: Person | None, at: datetime) -> LateCharge:
    made.save(force_insert=True)
    facts = {"charge": made.pk, "total": str(made.total), "until": made.until_on.isoformat()}
    kind = InvoiceEventKind.CHARGED if made.waived_at is None else InvoiceEventKind.WAIVED
    life.note(made.invoice, kind, at=at, by=by, reason=made.waived_why, facts=facts)
    return made


def _too_little(smallest: Money) -> str:
    """Why nothing is invoiced, in the provider's language."""
    with override(provider.current().language):
        return gettext("Less than %(smallest)s, which is the least that is invoiced.") % {"smallest": money(smallest)}


def _as_value(span: Span) -> dict[str, Any]:
    return {
        "since": span.since.isoformat(),
        "until": span.until.isoformat(),
        "debt": str(span.debt),
        "percent": str(span.percent),
        "interest": str(span.interest),
    }
