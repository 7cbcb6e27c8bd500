"""Posting e-invoices to the access point (rule I4). Mails are sent by `notices.delivery`.

As in `notices.delivery` an invoice is first *claimed*: one guarded UPDATE counts the try and pushes the next one ahead, and
is committed before the other side hears a word. So two loops never post the same one at once, and a crash only means that
the claim runs out and it is posted again, under the same Idempotency-Key.
"""

import logging
import random
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core import outbound
from core.alone import alone
from core.errors import DomainError
from core.sentences import Sentence, sentence
from invoicing import life as invoicing_life
from invoicing.models import DocumentKind, InvoiceDocument, Transmission, TransmissionChannel, TransmissionState
from invoicing.transmission import access_point, life, words
from invoicing.transmission import requests as said
from invoicing.transmission.requests import Heard, Verdict
from notices import holding

MOST_ATTEMPTS = 10
LEASE = timedelta(seconds=90)
LONGEST_RUN = timedelta(minutes=1)
MOST_AT_ONCE = 200
MOST_READ = 16 * 1024
FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=12)

logger = logging.getLogger(__name__)


def send_due(at: datetime) -> int:
    """Post the e-invoices that are due, the longest due first; returns how many were taken (rule I4).

    Ends after about a minute or 200 of them; the rest is for the next tick. Never called inside a transaction.
    """
    ends = monotonic() + LONGEST_RUN.total_seconds()
    queued = Transmission.objects.filter(channel=TransmissionChannel.ACCESS_POINT, state=TransmissionState.QUEUED, due_at__lte=at)
    waiting = holding.unheld(queued)
    _give_up_lost(waiting, at)
    taken = 0
    for pk in list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE]):
        with alone(f"transmission:{pk}") as ours:
            claimed = _claim(pk, at) if ours else None
            if claimed is not None:
                taken += _send(claimed, at)
        if monotonic() > ends:
            break
    return taken


def set_aside(before: datetime, words: str, at: datetime) -> int:
    """Leave e-invoices that waited before an instant for finance to decide; returns how many (`notices.holding`)."""
    waiting = Transmission.objects.filter(channel=TransmissionChannel.ACCESS_POINT, state=TransmissionState.QUEUED, queued_at__lte=before)
    return sum(life.not_delivered(each, TransmissionState.GIVEN_UP, answer=words, at=at) for each in waiting)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: 2 min, 6 min, 18 min … 12 h, a fifth more or less."""
    pause: timedelta = FIRST_PAUSE * 3 ** min(attempts - 1, 9)
    return min(pause, LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 -- spreads the load, keeps no secret


def _claim(pk: int, at: datetime) -> Transmission | None:
    """The transmission, now ours to send until the lease runs out; None if another loop was quicker."""
    with transaction.atomic(durable=True):
        waiting = holding.unheld(Transmission.objects.filter(pk=pk, state=TransmissionState.QUEUED, due_at__lte=at))
        if not waiting.update(due_at=at + LEASE, attempts=F("attempts") + 1):
            return None
    return Transmission.objects.select_related("invoice").get(pk=pk)


def _send(claimed: Transmission, at: datetime) -> bool:
    """One try, outside any transaction; whatever goes wrong with one must not stop the next."""
    try:
        heard, looks = _post(claimed)
    except Exception as error:
        logger.warning("transmission %s was not sent: %s", claimed.pk, type(error).__name__, exc_info=not isinstance(error, DomainError))
        _later(claimed, _why(error), at)
        return False
    if heard.verdict == Verdict.TAKEN:
        look_at = at + FIRST_PAUSE if looks and heard.answer_id else None
        return life.sent(claimed, at=at, look_at=look_at, answer_id=heard.answer_id, answer=heard.answer)
    if heard.verdict == Verdict.REFUSED:
        life.not_delivered(claimed, TransmissionState.FAILED, answer=heard.answer, at=at)
    else:
        _later(claimed, heard.answer, at)
    return False


def _post(claimed: Transmission) -> tuple[Heard, bool]:
    """What was answered, and whether one can ask later what became of it. Raises what keeps it from being posted."""
    taker = access_point.current()
    xml = InvoiceDocument.objects.get(invoice=claimed.invoice, kind=DocumentKind.XML)
    name = words.file_name(claimed.invoice, DocumentKind.XML)
    body, headers = said.request(bytes(xml.content), name=name, key=claimed.key, access_point=taker)
    reply = outbound.call(taker.url, body=body, headers=headers | taker.authorisation(), most_bytes=MOST_READ)
    return said.heard(reply, taker), bool(taker.status_url)


def _later(claimed: Transmission, answer: str | Sentence, at: datetime) -> None:
    """Try again after a pause, or give up after the last try."""
    if claimed.attempts < MOST_ATTEMPTS:
        life.put_off(claimed, until=at + pause_after(claimed.attempts), answer=invoicing_life.in_our_language(answer))
    else:
        life.not_delivered(claimed, TransmissionState.GIVEN_UP, answer=answer, at=at)


def _give_up_lost(waiting: QuerySet[Transmission], at: datetime) -> None:
    """Those whose last try never came back (the process died in it) are given up, not tried for ever."""
    for lost in waiting.filter(attempts__gte=MOST_ATTEMPTS):
        answer = sentence(lambda: _("The last try did not come back."))
        life.not_delivered(lost, TransmissionState.GIVEN_UP, answer=answer, at=at)


def _why(error: Exception) -> str | Sentence:
    """For finance: the sentence of a refusal, or the kind of a fault of ours."""
    return sentence(lambda: error) if isinstance(error, DomainError) else type(error).__name__
