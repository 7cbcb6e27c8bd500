"""Contested invoices (rule I8): from then on no reminders, no interest, no freezing, until somebody answers with a reason.

A client's approver contests what is open of an issued invoice, the whole or some lines; the account manager or finance
answers, but not who issued it, where there is somebody else. The client was right: a credit note is to follow. The invoice
stands: reminders start anew some days later (*setting*). The client may withdraw it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import access
from clients.agreements import local_date
from clients.models import StaffDuty
from core.errors import DomainError, NotAllowed
from core.reasons import reasoned
from core.sentences import sentence
from invoicing import due_messages, freezing, late_terms, life, settlement
from invoicing.models import ContestOutcome, Invoice, InvoiceContest, InvoiceEventKind, InvoiceKind
from people.models import Person


class NothingToContest(DomainError):
    """Nothing of it is open."""

    message = _("Nothing of this invoice is open, so there is nothing to contest. Nothing has changed.")


class ContestedAlready(DomainError):
    """It is contested, and has not been answered yet."""

    message = _("This invoice is contested already, and waits for an answer. Nothing has changed.")


class ContestClosed(DomainError):
    """It has been answered or withdrawn."""

    message = _("This has been answered or withdrawn before. Nothing has changed.")


class IssuedByYou(DomainError):
    """Nobody judges their own invoice, where somebody else can."""

    message = _("You issued this invoice: somebody else of finance, or the account manager, answers. Nothing has changed.")


class LineUnknown(DomainError):
    """The invoice has no such line."""

    message = _("The invoice has no such line. Nothing has changed.")


@dataclass(frozen=True, kw_only=True)
class Objection:
    """What the client says is wrong; `positions`: of which lines, none: of the whole invoice."""

    reason: str
    positions: Sequence[int] = ()


@transaction.atomic
def contest(invoice: Invoice, objection: Objection, *, by: Person, at: datetime, cause: str) -> InvoiceContest:
    """Contest an open invoice; finance and the account manager are told. The same `cause` again returns the contest.

    Raises NotAllowed for anybody but the client's approvers, NotIssued, ReasonMissing, ReasonTooLong, NothingToContest,
    ContestedAlready, LineUnknown, FormUsed.
    """
    invoice = life.locked_issued(invoice)
    if not access.is_approver(by, invoice.organisation, at=at):
        raise NotAllowed
    reason, positions = reasoned(objection.reason), sorted(set(objection.positions))
    if found := InvoiceContest.objects.filter(cause=cause).first():
        return _the_same(found, invoice, (reason, positions))
    if invoice.contests.filter(closed_at=None).exists():
        raise ContestedAlready
    if invoice.kind != InvoiceKind.INVOICE or invoice.open.amount <= 0:
        raise NothingToContest
    if invoice.lines.filter(position__in=positions).count() != len(positions):
        raise LineUnknown
    made = InvoiceContest.objects.create(invoice=invoice, cause=cause, reason=reason, positions=positions, contested_at=at, contested_by=by)
    life.note(invoice, InvoiceEventKind.CONTESTED, at=at, by=by, reason=reason, facts={"contest": made.pk, "lines": positions})
    due_messages.contested(made, at=at)
    return made


@transaction.atomic
def withdraw(contested: InvoiceContest, *, by: Person, at: datetime) -> InvoiceContest:
    """Take it back: the invoice is owed as before. Twice is harmless. Raises NotAllowed, ContestClosed."""
    invoice, row = _locked(contested)
    if not access.is_approver(by, invoice.organisation, at=at):
        raise NotAllowed
    if row.outcome == ContestOutcome.WITHDRAWN:
        return row
    _close(row, ContestOutcome.WITHDRAWN, by=by, at=at)
    life.note(invoice, InvoiceEventKind.WITHDRAWN, at=at, by=by, facts={"contest": row.pk})
    due_messages.withdrawn(row, at=at)
    return row


@transaction.atomic
def uphold(contested: InvoiceContest, *, answer: str, by: Person, at: datetime) -> InvoiceContest:
    """The client was right: a credit note is to follow, and credit that was frozen for the invoice is released.

    The same again is harmless. Raises NotAllowed, IssuedByYou, ReasonMissing, ReasonTooLong, ContestClosed.
    """
    invoice, row = _to_answer(contested, by=by)
    if row.outcome == ContestOutcome.UPHELD and row.closed_by_id == by.pk:
        return row
    row.answer = reasoned(answer)
    _close(row, ContestOutcome.UPHELD, by=by, at=at)
    reason = sentence(lambda: gettext("Invoice %(number)s was contested rightly.") % {"number": invoice.number})
    freezing.release(invoice, reason=reason, by=by, at=at)
    _tell(invoice, row, at)
    return row


@transaction.atomic
def reject(contested: InvoiceContest, *, answer: str, by: Person, at: datetime) -> InvoiceContest:
    """The invoice stands: it is owed, and reminders count from a day some days on (*setting*). The same again is harmless.

    Raises NotAllowed, IssuedByYou, ReasonMissing, ReasonTooLong, ContestClosed.
    """
    invoice, row = _to_answer(contested, by=by)
    if row.outcome == ContestOutcome.REJECTED and row.closed_by_id == by.pk:
        return row
    row.answer = reasoned(answer)
    row.remind_from = local_date(at) + timedelta(days=late_terms.current().contest_days)
    _close(row, ContestOutcome.REJECTED, by=by, at=at)
    _tell(invoice, row, at)
    return row


def may_answer(person: Person, invoice: Invoice) -> bool:
    """Whether the person answers for us: the account manager or finance, but not who issued it, where there is somebody else."""
    return _is_ours(person, invoice) and not _is_barred(person, invoice)


def _the_same(found: InvoiceContest, invoice: Invoice, said: tuple[str, list[int]]) -> InvoiceContest:
    if (found.invoice_id, found.reason, found.positions) != (invoice.pk, *said):
        raise life.FormUsed
    return found


def _is_ours(person: Person, invoice: Invoice) -> bool:
    return person.is_active and (access.has_duty(person, StaffDuty.FINANCE) or access.manages(person, invoice.organisation))


def _is_barred(person: Person, invoice: Invoice) -> bool:
    if person.pk != invoice.issued_by_id:
        return False
    managers = [manager for manager in access.managers(invoice.organisation) if access.manages(manager, invoice.organisation)]
    return any(other.pk != person.pk for other in [*access.staff(StaffDuty.FINANCE), *managers])


def _to_answer(contested: InvoiceContest, *, by: Person) -> tuple[Invoice, InvoiceContest]:
    invoice, row = _locked(contested)
    if not _is_ours(by, invoice):
        raise NotAllowed
    if _is_barred(by, invoice):
        raise IssuedByYou
    return invoice, row


def _locked(contested: InvoiceContest) -> tuple[Invoice, InvoiceContest]:
    """Its invoice, locked after its accounts, and the row as it is now."""
    invoice = settlement.locked(contested.invoice)
    row = InvoiceContest.objects.select_related("contested_by").get(pk=contested.pk)
    row.invoice = invoice
    return invoice, row


def _close(row: InvoiceContest, outcome: ContestOutcome, *, by: Person, at: datetime) -> None:
    if row.closed_at is not None:
        raise ContestClosed
    row.outcome, row.closed_at, row.closed_by = outcome, at, by
    row.save(update_fields=["outcome", "closed_at", "closed_by", "answer", "remind_from"])


def _tell(invoice: Invoice, row: InvoiceContest, at: datetime) -> None:
    facts = {"contest": row.pk, "outcome": row.outcome}
    life.note(invoice, InvoiceEventKind.ANSWERED, at=at, by=row.closed_by, reason=row.answer, facts=facts)
    due_messages.answered(row, at=at)
