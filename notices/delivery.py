"""Delivering what waits in the outbox: each notice once, as far as its channel allows (rule M4).

A notice is first *claimed*: one guarded UPDATE counts the try and pushes the next one ahead, and is committed
before the mail server hears a word. So two loops never send the same notice, and a crash only means that the
claim runs out, within two minutes, and the notice is tried again, under the same Message-ID. While it is being sent
it is also locked in a way that knows no clock (`core/alone.py`), so that neither a clock that leaps ahead nor a slow
server takes a claim away. What fails is tried
again after a growing pause, at most eight times within about a day, and never holds up anybody else's mail.

A notice with a calendar object goes out as RFC 6047 wants it: text, HTML and calendar as alternatives of each other,
then the object once more as a file; from its ORGANIZER, to its one ATTENDEE (rule R4).
"""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import formataddr
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from clients.access import has_duty
from clients.models import Provider, StaffDuty
from core.alone import alone
from core.errors import DomainError, NotAllowed
from notices import files, holding, machine_mail, providers
from notices.channels import sms, webhook
from notices.models import Channel, Notice, NoticeState
from notices.outbox import one_line
from people.models import Person

MOST_ATTEMPTS = 8
LEASE = timedelta(seconds=90)
LONGEST_RUN = timedelta(minutes=1)
MOST_AT_ONCE = 200
FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=12)

logger = logging.getLogger(__name__)


class NoticeNotFailed(DomainError):
    """Only a notice that failed for good is sent again by hand; the others are on their way or have arrived."""

    message = _("This mail has not failed: it has been sent, or will be tried again by itself. Nothing has changed.")


class NoticeForgotten(DomainError):
    """A sign-in mail is forgotten once it is sent or given up, for its link is a secret."""

    message = _("This mail held a sign-in link and is no longer kept. The person can ask for a new one on the sign-in page.")


class NothingSent(Exception):
    """The mail back end took the message and sent nothing."""


def deliver_due(*, at: datetime) -> int:
    """Send the waiting mails that are due, the longest due first; returns how many went out (rule M4).

    Ends after about a minute or 200 notices, so that no claim can run out while its mail is being sent and other
    jobs get their turn; the rest is for the next tick. Never called inside a transaction.
    """
    return _deliver([Channel.EMAIL], at)


def call_due(*, at: datetime) -> int:
    """The same for texts and webhooks, which are other people's servers: a slow one holds up no mail (rules M4, S18)."""
    return _deliver([Channel.SMS, Channel.WEBHOOK], at)


@transaction.atomic
def retry(*, notice: Notice, by: Person, at: datetime) -> Notice:
    """Put a notice that failed for good back in the queue, with all its tries (rule M4).

    Raises NotAllowed unless `by` is an administrator, NoticeNotFailed, or NoticeForgotten for a sign-in mail.
    """
    if not has_duty(by, StaffDuty.ADMINISTRATOR):
        raise NotAllowed
    if is_secret(notice):
        raise NoticeForgotten
    failed = Notice.objects.filter(pk=notice.pk, state=NoticeState.FAILED)
    if not failed.update(state=NoticeState.WAITING, attempts=0, due_at=at, last_error=""):
        raise NoticeNotFailed
    logger.info("person %s puts notice %s back in the queue", by.pk, notice.pk)
    notice.refresh_from_db()
    return notice


def is_secret(notice: Notice) -> bool:
    """Whether the text holds a link or code that signs somebody in: no operator reads it, and it is not kept."""
    return notice.cause.startswith("sign-in:")


def message_id(notice: Notice) -> str:
    """The same for every try of one notice, so that a mail program can tell a repeated mail from a new one."""
    return (
        notice.message_id
        or f"<notice-{notice.pk}.{int(notice.written_at.timestamp())}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}>"
    )


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failed tries: 2 min, 6 min, 18 min … 12 h, a fifth more or less."""
    pause: timedelta = FIRST_PAUSE * 3 ** min(attempts - 1, 9)
    return min(pause, LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 -- spreads the load, keeps no secret


def _deliver(channels: Sequence[Channel], at: datetime) -> int:
    ends = monotonic() + LONGEST_RUN.total_seconds()
    waiting = holding.unheld(Notice.objects.filter(channel__in=channels, state=NoticeState.WAITING, due_at__lte=at))
    _give_up(waiting)
    sent = 0
    for pk in list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE]):
        with alone(f"notice:{pk}") as ours:
            notice = _claim(pk, at) if ours else None
            if notice is not None:
                sent += _send(notice, at)
        if monotonic() > ends:
            break
    return sent


def _claim(pk: int, at: datetime) -> Notice | None:
    """The notice, now ours to send until the lease runs out; None if another loop was quicker, or it was withdrawn."""
    with transaction.atomic(durable=True):
        waiting = holding.unheld(Notice.objects.filter(pk=pk, state=NoticeState.WAITING, due_at__lte=at))
        if not waiting.update(due_at=at + LEASE, attempts=F("attempts") + 1):
            return None
    return Notice.objects.filter(pk=pk).first()


def _send(notice: Notice, at: datetime) -> bool:
    """One try, outside any transaction; whatever goes wrong with one mail must not stop the next."""
    try:
        _hand_over(notice, at)
    except Exception as error:
        logger.warning("notice %s was not sent: %s", notice.pk, error, exc_info=True)
        _put_off(notice, error, at)
        return False
    body = "" if is_secret(notice) else notice.body
    Notice.objects.filter(pk=notice.pk, state=NoticeState.WAITING).update(state=NoticeState.SENT, sent_at=at, last_error="", body=body)
    return True


def _hand_over(notice: Notice, at: datetime) -> None:
    """To the server of its channel, which takes it or raises."""
    if notice.channel == Channel.SMS:
        sms.send(notice)
    elif notice.channel == Channel.WEBHOOK:
        webhook.send(notice, at=at)
    elif not _message(notice).send():
        raise NothingSent


def _message(notice: Notice) -> EmailMessage:
    headers = _headers(notice)
    if not notice.calendar:
        message = EmailMessage(notice.subject, notice.body, _sender(notice), [notice.address], headers=headers)
        for file, content in files.of(notice):
            message.attach(file.name, content, file.content_type)
        return message
    invitation = EmailMultiAlternatives(notice.subject, notice.body, _sender(notice), [notice.address], headers=headers)
    invitation.attach_alternative(render_to_string("notices/mail.html", {"notice": notice}), "text/html")
    invitation.attach_alternative(notice.calendar, f"text/calendar; method={notice.method}")
    invitation.attach("invite.ics", notice.calendar.encode(), "application/ics")
    return invitation


def _headers(notice: Notice) -> dict[str, str]:
    """What makes a thread of mails, and the mark of a machine where none of ours wrote it (RFC 3834, 5322)."""
    headers = {"Message-ID": message_id(notice), "Content-Language": notice.language}
    if not notice.by_person:
        headers["Auto-Submitted"] = "auto-replied" if _answers_another(notice) else "auto-generated"
    if notice.message_id:
        threaded = {"In-Reply-To": notice.in_reply_to, "References": notice.references, "Reply-To": notice.reply_to}
        headers |= {name: value for name, value in threaded.items() if value}
    headers |= providers.marks(settings.MAIL_PROVIDER, notice)
    if notice.message_id and not notice.by_person:
        headers["X-Auto-Response-Suppress"] = "All"
    return headers


def _answers_another(notice: Notice) -> bool:
    """Whether it answers a mail that is not ours."""
    return bool(notice.in_reply_to) and not machine_mail.is_own_id(notice.in_reply_to)


def _sender(notice: Notice) -> str:
    provider = Provider.objects.filter(pk=1).first()
    if provider is None:
        return notice.sender or str(settings.DEFAULT_FROM_EMAIL)
    return formataddr((one_line(provider.name), notice.sender or provider.email))


def _put_off(notice: Notice, error: Exception, at: datetime) -> None:
    """Try again later, or give up after the last try; a claim that another loop has taken over is left alone."""
    ours = Notice.objects.filter(pk=notice.pk, state=NoticeState.WAITING, attempts=notice.attempts)
    reason = one_line(f"{type(error).__name__}: {error}")[:500]
    if notice.attempts < MOST_ATTEMPTS:
        ours.update(due_at=at + pause_after(notice.attempts), last_error=reason)
    else:
        ours.update(state=NoticeState.FAILED, last_error=reason, body="" if is_secret(notice) else notice.body)


def _give_up(waiting: QuerySet[Notice]) -> None:
    """Notices whose last try never came back (the process died in it) are failed, not tried for ever."""
    lost = waiting.filter(attempts__gte=MOST_ATTEMPTS)
    lost.filter(cause__startswith="sign-in:").update(body="")
    lost.update(state=NoticeState.FAILED, last_error="the last try did not come back")
