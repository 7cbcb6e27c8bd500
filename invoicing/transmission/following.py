"""What became of invoices that left: whether their mails went out and stayed out, and what the access point says (rule I4)."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core import outbound
from core.batches import each
from core.sentences import sentence
from invoicing.models import Transmission, TransmissionChannel, TransmissionState
from invoicing.transmission import access_point, life
from invoicing.transmission import requests as said
from invoicing.transmission.requests import Verdict
from invoicing.transmission.sending import FIRST_PAUSE, MOST_READ, pause_after
from invoicing.transmission.words import cause_of
from notices import holding
from notices.models import Notice, NoticeState

MOST_AT_ONCE = 200
MAIL_PAUSE = timedelta(seconds=30)
WATCHED = timedelta(days=14)
"""For so long somebody looks whether a mail comes back, or what became of an e-invoice."""

logger = logging.getLogger(__name__)


def follow_mails(at: datetime) -> int:
    """Say of each mail that is on its way, or went out lately, how it stands; returns of how many something was said.

    A mail to several people went out when it went to one of them; it did not arrive where it came back from all.
    """
    due = list(_due(TransmissionChannel.MAIL, at))
    notices: dict[str, list[Notice]] = defaultdict(list)
    for notice in Notice.objects.filter(cause__in=[cause_of(row) for row in due]).defer("body", "calendar"):
        notices[notice.cause].append(notice)
    return each(due, lambda row: _follow(row, notices[cause_of(row)], at))


def ask_due(at: datetime) -> int:
    """Ask the access point what became of what it took, where it can be asked; returns of how many it knows (rule I4).

    Never called inside a transaction.
    """
    taker = access_point.configured()
    if taker is None or not taker.status_url or holding.is_held():
        return 0
    return each(list(_due(TransmissionChannel.ACCESS_POINT, at)), lambda row: _ask(row, taker, at))


def _due(channel: TransmissionChannel, at: datetime) -> QuerySet[Transmission]:
    rows = Transmission.objects.filter(channel=channel, due_at__lte=at).order_by("due_at", "pk")
    if channel == TransmissionChannel.ACCESS_POINT:
        rows = rows.filter(state=TransmissionState.SENT)
    return rows[:MOST_AT_ONCE]


def _follow(row: Transmission, notices: Sequence[Notice], at: datetime) -> bool:
    out = [notice for notice in notices if notice.state == NoticeState.SENT]
    arrived = [notice for notice in out if notice.bounced_at is None]
    if any(notice.state == NoticeState.WAITING for notice in notices):
        _look_later(row, at + MAIL_PAUSE, at)
        return False
    if not out:
        said_last = next((notice.last_error for notice in notices if notice.last_error), "")
        return life.not_delivered(row, TransmissionState.GIVEN_UP, answer=said_last, at=at)
    if not arrived:
        return life.not_delivered(row, TransmissionState.FAILED, answer=sentence(lambda: _("The mail came back.")), at=at)
    if row.state == TransmissionState.QUEUED:
        return life.sent(row, at=at, look_at=at + FIRST_PAUSE)
    _look_later(row, at + pause_after(row.looks + 1), at)
    return False


def _ask(row: Transmission, taker: access_point.AccessPoint, at: datetime) -> bool:
    """One question, outside any transaction; the next one is put off first, so that two loops do not ask at once."""
    if not _look_later(row, at + pause_after(row.looks + 1), at):
        return False
    try:
        address = said.status_address(taker, row.answer_id)
        headers = {"Accept": "application/json"} | taker.authorisation()
        reply = outbound.call(address, headers=headers, most_bytes=MOST_READ)
    except Exception as error:
        logger.warning("what became of transmission %s is not known: %s", row.pk, type(error).__name__)
        return False
    verdict = said.became(reply, taker)
    if verdict == Verdict.TAKEN:
        return life.delivered(row, at=at)
    if verdict == Verdict.REFUSED:
        return life.not_delivered(row, TransmissionState.FAILED, answer=said.said(reply), at=at)
    return False


def _look_later(row: Transmission, due_at: datetime, at: datetime) -> bool:
    """Look again then, or never more when long enough was looked. False where somebody else has looked meanwhile."""
    ours = Transmission.objects.filter(pk=row.pk, state=row.state, looks=row.looks)
    watched = row.sent_at is None or at < row.sent_at + WATCHED
    return bool(ours.update(due_at=due_at if watched else None, looks=F("looks") + 1))
