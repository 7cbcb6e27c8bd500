"""An invoice that nobody is reminded of for a while, and more time to pay it (rules I5, I8). By finance, with a reason."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.agreements import local_date
from core.errors import DomainError
from core.formatting import day
from core.reasons import reasoned
from core.sentences import sentence
from invoicing import due_messages, freezing, life, settlement
from invoicing.models import Invoice, InvoiceEventKind, InvoiceKind, InvoiceStop
from people.models import Person


class StoppedAlready(DomainError):
    """It is stopped, or has more time."""

    message = _("Reminders of this invoice are stopped already. Nothing has changed.")


class NotStopped(DomainError):
    """Nothing stops it."""

    message = _("Nothing stops the reminders of this invoice. Nothing has changed.")


class NothingOpen(DomainError):
    """Nothing is to be paid any more."""

    message = _("Nothing of this invoice is open. Nothing has changed.")


class NotLater(DomainError):
    """More time ends later than today, and than the due date."""

    message = _("Choose a day to come, after the due date. Nothing has changed.")


@transaction.atomic
def stop(invoice: Invoice, *, reason: str, by: Person, at: datetime, cause: str) -> InvoiceStop:
    """Nobody is reminded of the invoice until it is resumed, and it freezes nothing. The same `cause` again returns the stop.

    Raises NotAllowed for anybody but finance, NotIssued, ReasonMissing, ReasonTooLong, NothingOpen, StoppedAlready, FormUsed.
    """
    wanted = InvoiceStop(why=reasoned(reason), stopped_by=by, stopped_at=at, cause=cause)
    found, invoice = _to_stop(invoice, wanted, by=by, at=at)
    if found is not None:
        return found
    made = _stopped(invoice, wanted)
    life.note(invoice, InvoiceEventKind.STOPPED, at=at, by=by, reason=made.why)
    return made


@transaction.atomic
def extend(invoice: Invoice, *, until_on: date, reason: str, by: Person, at: datetime, cause: str) -> InvoiceStop:
    """Give the client until `until_on`: nobody is reminded through that day, and credit that was frozen for it is released.

    Interest runs on. The client is told. Raises what `stop` does, and NotLater.
    """
    wanted = InvoiceStop(why=reasoned(reason), stopped_by=by, stopped_at=at, cause=cause, until_on=until_on)
    found, invoice = _to_stop(invoice, wanted, by=by, at=at)
    if found is not None:
        return found
    if until_on <= local_date(at) or invoice.due_on is None or until_on <= invoice.due_on:
        raise NotLater
    made = _stopped(invoice, wanted)
    life.note(invoice, InvoiceEventKind.EXTENDED, at=at, by=by, reason=made.why, facts={"until": until_on.isoformat()})
    released = sentence(lambda: gettext("Invoice %(number)s may be paid until %(day)s.") % {"number": invoice.number, "day": day(until_on)})
    freezing.release(invoice, reason=released, by=by, at=at)
    due_messages.extended(made, at=at)
    return made


@transaction.atomic
def resume(invoice: Invoice, *, by: Person, at: datetime) -> InvoiceStop:
    """Let reminders go out again; more time that was given ends today. Twice returns the same.

    Raises NotAllowed for anybody but finance, NotIssued, NotStopped.
    """
    life.check_finance(by)
    invoice = life.locked_issued(invoice)
    last = invoice.stops.order_by("-pk").first()
    if last is None:
        raise NotStopped
    if last.resumed_at is None:
        _resumed(last, by=by, at=at)
        life.note(invoice, InvoiceEventKind.RESUMED, at=at, by=by)
    return last


def _to_stop(invoice: Invoice, wanted: InvoiceStop, *, by: Person, at: datetime) -> tuple[InvoiceStop | None, Invoice]:
    """What the same form did before, or nothing, and the locked invoice; one that has had its time makes room."""
    life.check_finance(by)
    invoice = settlement.locked(invoice)
    if found := InvoiceStop.objects.filter(cause=wanted.cause).first():
        if (found.invoice_id, found.why, found.until_on) != (invoice.pk, wanted.why, wanted.until_on):
            raise life.FormUsed
        return found, invoice
    if invoice.kind != InvoiceKind.INVOICE or invoice.open.amount <= 0:
        raise NothingOpen
    standing = invoice.stops.filter(resumed_at=None).first()
    if standing is not None:
        if standing.until_on is None or standing.until_on >= local_date(at):
            raise StoppedAlready
        _resumed(standing, by=by, at=at)
    return None, invoice


def _stopped(invoice: Invoice, row: InvoiceStop) -> InvoiceStop:
    row.invoice = invoice
    row.save(force_insert=True)
    return row


def _resumed(row: InvoiceStop, *, by: Person, at: datetime) -> None:
    row.resumed_at, row.resumed_by = at, by
    row.save(update_fields=["resumed_at", "resumed_by"])
