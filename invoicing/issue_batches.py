"""Many drafts issued by a job, each in a step of its own (rule I1): whoever asked need not wait, and a crash costs nothing.

A row of the batch is locked, its draft issued and the row marked in one transaction. So whatever dies in between leaves the
draft waiting, with no number taken, and two loops at once take different rows. Each is issued by who asked for the batch, whose
duty is looked at anew for every one. The batch's row is locked before anything that issuing locks.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from invoicing import life, release
from invoicing.models import BatchRowState, DocumentKind, Invoice, InvoiceDocument, InvoiceState, IssueBatch, IssueBatchRow
from people.models import Person

MOST_IN_A_BATCH = 5_000
MOST_AT_ONCE = 100
MOST_ATTEMPTS = 5
LONGEST_WHY = 500

logger = logging.getLogger(__name__)


class NothingChosen(DomainError):
    """There is no draft among what was chosen."""

    message = gettext_lazy("There is no draft among these. Nothing was issued.")


class TooManyChosen(DomainError):
    """More than one batch takes."""

    message = gettext_lazy("A batch takes 5,000 drafts at most. Nothing was issued; narrow the list.")


class OtherDraftsChosen(DomainError):
    """The same form was sent before, with other drafts."""

    message = gettext_lazy("This form has been sent before, with other drafts. Nothing more was issued; open the list again.")


class BatchClosed(DomainError):
    """Nothing of it waits any more."""

    message = gettext_lazy("Nothing of this batch waits any more. Nothing has changed.")


@dataclass(frozen=True)
class Progress:
    """How far a batch is. `documents` of what was issued are made."""

    waiting: int
    issued: int
    refused: int
    cancelled: int
    documents: int

    @property
    def all(self) -> int:
        """How many drafts it has."""
        return self.waiting + self.issued + self.refused + self.cancelled

    @property
    def done(self) -> int:
        """How many drafts wait no more."""
        return self.all - self.waiting

    @property
    def is_over(self) -> bool:
        """Whether nothing more will change."""
        return not self.waiting and self.documents >= self.issued


@transaction.atomic
def begin(invoices: Iterable[Invoice], *, by: Person, at: datetime, cause: str) -> IssueBatch:
    """Have these drafts issued, in their order, as soon as the job comes to them (rule I1). The same cause again: the first batch.

    Raises NotAllowed for anybody but finance, NothingChosen, TooManyChosen, OtherDraftsChosen for other drafts under the same cause.
    """
    life.check_finance(by)
    chosen = [invoice.pk for invoice in invoices if invoice.state == InvoiceState.DRAFT]
    standing = IssueBatch.objects.filter(cause=cause).first()
    if standing is not None:
        return _replayed(standing, chosen)
    if not chosen:
        raise NothingChosen
    if len(chosen) > MOST_IN_A_BATCH:
        raise TooManyChosen
    batch, is_new = IssueBatch.objects.get_or_create(cause=cause, defaults={"asked_by": by, "asked_at": at})
    if not is_new:  # somebody sent the same form at the same moment
        return _replayed(batch, chosen)
    IssueBatchRow.objects.bulk_create((IssueBatchRow(batch=batch, invoice_id=pk) for pk in sorted(chosen)), batch_size=500)
    return batch


@transaction.atomic
def cancel(batch: IssueBatch, *, by: Person, at: datetime) -> IssueBatch:
    """Take back what waits still; what is issued stays issued. Twice is harmless. Raises NotAllowed, BatchClosed."""
    life.check_finance(by)
    current = IssueBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if current.cancelled_by_id is not None:
        return current
    if current.closed_at is not None:
        raise BatchClosed
    waiting = IssueBatchRow.objects.select_for_update().filter(batch=current, state=BatchRowState.WAITING).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True))
    if not keys:
        raise BatchClosed
    IssueBatchRow.objects.filter(batch=current, state=BatchRowState.WAITING).update(state=BatchRowState.CANCELLED, done_at=at)
    current.closed_at, current.cancelled_by = at, by
    current.save(update_fields=["closed_at", "cancelled_by"])
    return current


def issue_due(at: datetime, *, most: int = MOST_AT_ONCE) -> int:
    """Issue the next drafts of the batches that are open, the oldest batch first; returns how many were issued (rule I1)."""
    issued = 0
    for batch in IssueBatch.objects.filter(closed_at=None).order_by("pk"):
        issued += _work(batch, at, most - issued)
        if issued >= most:
            break
    return issued


def progress(batch: IssueBatch) -> Progress:
    """How far it is. One query."""
    states = {state.value: Count("pk", filter=Q(state=state)) for state in BatchRowState}
    made = Exists(InvoiceDocument.objects.filter(invoice=OuterRef("invoice"), kind=DocumentKind.PDF))
    counted = IssueBatchRow.objects.filter(batch=batch).aggregate(
        **states, documents=Count("pk", filter=Q(state=BatchRowState.ISSUED) & made)
    )
    return Progress(**counted)


def counted() -> QuerySet[IssueBatch]:
    """All batches, the latest first, with how many drafts each has and how many of them wait or were refused."""
    numbers = {
        "drafts": Count("rows"),
        "waiting": Count("rows", filter=Q(rows__state=BatchRowState.WAITING)),
        "refused": Count("rows", filter=Q(rows__state=BatchRowState.REFUSED)),
    }
    return IssueBatch.objects.select_related("asked_by").annotate(**numbers).order_by("-pk")


def refusals(batch: IssueBatch) -> QuerySet[IssueBatchRow]:
    """What was not issued, and why."""
    rows = IssueBatchRow.objects.filter(batch=batch, state=BatchRowState.REFUSED)
    return rows.select_related("invoice__organisation").order_by("pk")


def _work(batch: IssueBatch, at: datetime, most: int) -> int:
    """Go through what waits; a draft that fails by our own fault is put behind the others."""
    waiting = IssueBatchRow.objects.filter(batch=batch, state=BatchRowState.WAITING).order_by("attempts", "pk")
    issued = sum(_issue(pk, at) for pk in list(waiting.values_list("pk", flat=True)[:most]))
    _close(batch, at)
    return issued


def _issue(pk: int, at: datetime) -> bool:
    """One draft, whole or not at all. Whatever goes wrong with one must not stop the next."""
    try:
        with transaction.atomic():
            return _issue_locked(pk, at)
    except (OperationalError, InterfaceError):  # the next tick finds it again
        raise
    except Exception:
        logger.exception("Row %s of a batch was not issued", pk)
        _failed(pk, at)
        return False


def _issue_locked(pk: int, at: datetime) -> bool:
    row = _free(pk)
    if row is None:
        return False
    try:
        with transaction.atomic():
            release.issue(row.invoice, by=row.batch.asked_by, at=at)
    except DomainError as refusal:
        with translation.override(row.batch.asked_by.language):
            _done(row, BatchRowState.REFUSED, at, str(refusal))
        return False
    _done(row, BatchRowState.ISSUED, at)
    return True


def _free(pk: int) -> IssueBatchRow | None:
    """The row, locked; None where it waits no more, or somebody else is about to issue it."""
    rows = IssueBatchRow.objects.select_for_update(of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked)
    return rows.select_related("batch__asked_by", "invoice").filter(pk=pk, state=BatchRowState.WAITING).first()


def _done(row: IssueBatchRow, state: BatchRowState, at: datetime, why: str = "") -> None:
    row.state, row.done_at, row.why = state, at, why[:LONGEST_WHY]
    row.save(update_fields=["state", "done_at", "why"])


@transaction.atomic
def _failed(pk: int, at: datetime) -> None:
    """A fault of ours: it is tried again after the others, and not for ever."""
    row = _free(pk)
    if row is None:
        return
    IssueBatchRow.objects.filter(pk=pk).update(attempts=F("attempts") + 1)
    if row.attempts + 1 >= MOST_ATTEMPTS:
        with translation.override(row.batch.asked_by.language):
            _done(row, BatchRowState.REFUSED, at, _("It could not be issued by a fault of this program, which has been logged."))


@transaction.atomic
def _close(batch: IssueBatch, at: datetime) -> None:
    """Close it when nothing of it waits."""
    current = IssueBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if current.closed_at is None and not current.rows.filter(state=BatchRowState.WAITING).exists():
        current.closed_at = at
        current.save(update_fields=["closed_at"])


def _replayed(standing: IssueBatch, chosen: Sequence[int]) -> IssueBatch:
    """What was begun under this cause. Raises OtherDraftsChosen where drafts were chosen that it does not have."""
    if chosen and not set(chosen) <= set(standing.rows.values_list("invoice_id", flat=True)):
        raise OtherDraftsChosen
    return standing
