"""The steps of a transmission: each under its lock, once, and written among what happened to the invoice (rule I4).

Who comes second finds that the step has been taken and changes nothing.
"""

from datetime import datetime

from django.db import transaction

from core.sentences import Sentence, joined, sentence
from invoicing import life
from invoicing.models import Invoice, InvoiceEventKind, Transmission, TransmissionChannel, TransmissionState
from invoicing.transmission import words

LONGEST = 500


@transaction.atomic
def sent(transmission: Transmission, *, at: datetime, look_at: datetime | None, answer_id: str = "", answer: str = "") -> bool:
    """It left the house; at `look_at` somebody looks what became of it. False where this is known already."""
    row = _locked(transmission)
    if row.state != TransmissionState.QUEUED:
        return False
    row.state, row.sent_at, row.due_at = TransmissionState.SENT, at, look_at
    row.answer_id, row.answer = answer_id, answer[:LONGEST]
    row.save()
    note(row.invoice, InvoiceEventKind.SENT, row, at=at)
    return True


@transaction.atomic
def delivered(transmission: Transmission, *, at: datetime) -> bool:
    """The buyer has it. False where that is known already."""
    row = _locked(transmission)
    if row.state != TransmissionState.SENT:
        return False
    row.state, row.ended_at, row.due_at = TransmissionState.DELIVERED, at, None
    row.save()
    return True


@transaction.atomic
def not_delivered(transmission: Transmission, state: TransmissionState, *, answer: str | Sentence, at: datetime) -> bool:
    """It did not arrive and nobody tries any more; finance is told, once. False where that is known already."""
    row = _locked(transmission)
    if row.state not in (TransmissionState.QUEUED, TransmissionState.SENT):
        return False
    row.state, row.ended_at, row.due_at = state, at, None
    row.answer = life.in_our_language(answer)[:LONGEST] or "–"
    row.save()
    note(row.invoice, InvoiceEventKind.UNDELIVERED, row, at=at, reason=row.answer if isinstance(answer, str) else answer)
    words.not_delivered(row, at=at)
    return True


def put_off(transmission: Transmission, *, until: datetime, answer: str) -> None:
    """This try came to nothing; a try that somebody else has taken over meanwhile is left alone."""
    ours = Transmission.objects.filter(pk=transmission.pk, state=TransmissionState.QUEUED, attempts=transmission.attempts)
    ours.update(due_at=until, answer=answer[:LONGEST])


def note(invoice: Invoice, kind: InvoiceEventKind, row: Transmission, *, at: datetime, reason: str | Sentence = "") -> None:
    """Leave a trace: by which channel, and to whom, and what was answered."""
    channel = sentence(lambda: TransmissionChannel(row.channel).label)
    told = joined([channel, row.to, reason], by=" · ")
    facts = {"transmission": row.pk, "channel": row.channel}
    life.note(invoice, kind, at=at, by=row.queued_by, reason=told, facts=facts)


def _locked(transmission: Transmission) -> Transmission:
    rows = Transmission.objects.select_for_update(of=("self",)).select_related("invoice__organisation", "queued_by")
    return rows.get(pk=transmission.pk)
