"""What failed for good, from every floor, for whoever runs the installation: try it again, or give it up and say why.

Notices, e-invoices and mails that came in fail for good after their last try; a due job, or one thing that it acts on,
counts from its third failure in a row. Each failure is answered once; what fails anew stands here anew. Nothing shown here
holds a secret: errors are cleaned (`core/failures.py`), and of sign-in mails only the address is named.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.access import has_duty
from clients.models import StaffDuty
from core import failures
from core.errors import DomainError, NotAllowed
from core.models import Failure
from dashboard.models import DeadLetterAct, DeadLetterEvent
from invoicing.models import Transmission, TransmissionState
from invoicing.transmission import queueing
from notices import delivery, mailroom
from notices.models import IncomingMail, MailState, Notice, NoticeState
from people.models import Person

IN_A_ROW = 3
"""Failures of a due job after which somebody should look."""
MOST_SHOWN = 500


class LetterGone(DomainError):
    """It does not stand among the failures any more."""

    message = _("This has been dealt with: it is tried again, has gone well, or was given up. Nothing has changed.")


class NotToGiveUp(DomainError):
    """A due job is tried for ever: others may depend on it."""

    message = _("A due job is not given up: it is tried again by itself, after growing pauses. Nothing has changed.")


@dataclass(frozen=True)
class DeadLetter:
    """One thing that failed: what it is, since when and how often, and where it is shown. `failed` tells failures of it apart."""

    key: str
    kind: str | Promise
    what: str
    since: datetime
    attempts: int
    error: str
    failed: str
    url: str = ""
    may_be_given_up: bool = True


@dataclass(frozen=True)
class Source:
    """One kind: its rows that failed, how one is shown, and what tries it again."""

    rows: Callable[[], QuerySet[Any]]
    shown: Callable[[Any], DeadLetter]
    retry: Callable[[Any, Person, datetime], object]


def found() -> list[DeadLetter]:
    """Everything that failed and was not answered, the oldest first; at most `MOST_SHOWN` of a kind."""
    letters = [letter for source in SOURCES.values() for letter in _of(source)]
    return sorted(letters, key=lambda letter: (letter.since, letter.key))


def get(key: str) -> DeadLetter:
    """The failure of this name. Raises LetterGone."""
    return _find(key)[1]


def retry(key: str, *, by: Person, at: datetime) -> DeadLetterEvent:
    """Try it again (REL8). Asked twice, it is tried again once. Raises NotAllowed, LetterGone, what the thing itself refuses."""
    _check_allowed(by)
    row, letter, source = _find(key)
    with transaction.atomic():
        event = _answer(letter, DeadLetterAct.RETRIED, by=by, at=at)
        source.retry(row, by, at)
    return event


def retry_all(*, by: Person, at: datetime) -> tuple[int, int]:
    """The same for everything that stands there: how many are tried again, and how many refused. Raises NotAllowed."""
    _check_allowed(by)
    tried, refused = 0, 0
    for letter in found():
        try:
            retry(letter.key, by=by, at=at)
        except LetterGone:
            continue
        except DomainError:
            refused += 1
        else:
            tried += 1
    return tried, refused


def give_up(key: str, *, reason: str, by: Person, at: datetime) -> DeadLetterEvent:
    """Nobody tries it any more; why stays (REL8). Raises NotAllowed, LetterGone, NotToGiveUp."""
    _check_allowed(by)
    row, letter, _source = _find(key)
    if not letter.may_be_given_up:
        raise NotToGiveUp
    with transaction.atomic():
        event = _answer(letter, DeadLetterAct.GIVEN_UP, by=by, at=at, reason=reason)
        if isinstance(row, Failure):
            Failure.objects.filter(pk=row.pk).update(given_up_at=at)
    return event


def answered() -> QuerySet[DeadLetterEvent]:
    """What was done before, the latest first."""
    return DeadLetterEvent.objects.select_related("by").order_by("-pk")


def _check_allowed(by: Person) -> None:
    if not (by.is_active and has_duty(by, StaffDuty.ADMINISTRATOR)):
        raise NotAllowed


def _answer(letter: DeadLetter, act: DeadLetterAct, *, by: Person, at: datetime, reason: str = "") -> DeadLetterEvent:
    """Raises LetterGone where this failure has its answer."""
    facts = {"letter": letter.key, "failed": letter.failed, "error": letter.error[:300]}
    try:
        with transaction.atomic():
            return DeadLetterEvent.objects.create(act=act, by=by, at=at, reason=reason, **facts)
    except IntegrityError:
        raise LetterGone from None


def _find(key: str) -> tuple[Any, DeadLetter, Source]:
    kind, _colon, number = key.partition(":")
    source = SOURCES.get(kind)
    if source is None or not number.isdecimal() or len(number) > 18:
        raise LetterGone
    row = source.rows().filter(pk=int(number)).first()
    letter = None if row is None else source.shown(row)
    if row is None or letter is None or DeadLetterEvent.objects.filter(letter=key, failed=letter.failed).exists():
        raise LetterGone
    return row, letter, source


def _of(source: Source) -> Iterator[DeadLetter]:
    letters = [source.shown(row) for row in source.rows().order_by("pk")[:MOST_SHOWN]]
    answers = DeadLetterEvent.objects.filter(letter__in=[letter.key for letter in letters])
    done = set(answers.values_list("letter", "failed"))
    return (letter for letter in letters if (letter.key, letter.failed) not in done)


def _notices() -> QuerySet[Notice]:
    return Notice.objects.filter(state=NoticeState.FAILED)


def _notice(row: Notice) -> DeadLetter:
    secret = delivery.is_secret(row)
    return DeadLetter(
        key=f"notice:{row.pk}",
        kind=row.get_channel_display(),
        what=f"{row.address}" if secret else f"{row.subject} → {row.address}",
        since=row.written_at,
        attempts=row.attempts,
        error=failures.cleaned(row.last_error),
        failed=row.due_at.isoformat(),
        url=reverse("desk-mail-notice", args=[row.pk]),
    )


def _retry_notice(row: Notice, by: Person, at: datetime) -> object:
    return delivery.retry(notice=row, by=by, at=at)


def _transmissions() -> QuerySet[Transmission]:
    """Those that did not arrive, and were not sent once more by finance."""
    again = Concat(Value("transmission:"), Cast(OuterRef("pk"), CharField()), Value(":again"), output_field=CharField())
    undelivered = Transmission.objects.filter(state__in=[TransmissionState.GIVEN_UP, TransmissionState.FAILED])
    return undelivered.exclude(Exists(Transmission.objects.filter(cause=again))).select_related("invoice")


def _transmission(row: Transmission) -> DeadLetter:
    return DeadLetter(
        key=f"transmission:{row.pk}",
        kind=_("Invoice on its way"),
        what=f"{row.invoice} → {row.to}",
        since=row.queued_at,
        attempts=row.attempts,
        error=failures.cleaned(row.answer),
        failed=row.ended_at.isoformat() if row.ended_at else "",
        url=reverse("desk-invoice", args=[row.invoice_id]),
    )


def _retry_transmission(row: Transmission, by: Person, at: datetime) -> object:
    return queueing.again(row, by=by, at=at)


def _mails() -> QuerySet[IncomingMail]:
    """Those that nothing could be made of, however often it was tried; what is held for staff otherwise has its own page."""
    return IncomingMail.objects.filter(state=MailState.HELD, attempts__gte=mailroom.MOST_ATTEMPTS)


def _mail(row: IncomingMail) -> DeadLetter:
    return DeadLetter(
        key=f"mail:{row.pk}",
        kind=_("Mail that came in"),
        what=f"{row.subject} ← {row.sender}",
        since=row.received_at,
        attempts=row.attempts,
        error=failures.cleaned(row.outcome),
        failed=row.handled_at.isoformat() if row.handled_at else "",
        url=reverse("desk-mail-in", args=[row.pk]),
    )


def _retry_mail(row: IncomingMail, by: Person, at: datetime) -> object:
    return mailroom.retry(mail=row, by=by, at=at)


def _failures() -> QuerySet[Failure]:
    return Failure.objects.filter(attempts__gte=IN_A_ROW, given_up_at=None)


def _failure(row: Failure) -> DeadLetter:
    return DeadLetter(
        key=f"failure:{row.pk}",
        kind=_("Due job"),
        what=f"{row.job}: {row.thing}" if row.thing else row.job,
        since=row.since,
        attempts=row.attempts,
        error=row.last_error,
        failed=f"{row.since.isoformat()}:{row.attempts}",
        may_be_given_up=bool(row.thing),
    )


def _retry_failure(row: Failure, _by: Person, at: datetime) -> object:
    return Failure.objects.filter(pk=row.pk).update(retry_at=at)


SOURCES = {
    "notice": Source(_notices, _notice, _retry_notice),
    "transmission": Source(_transmissions, _transmission, _retry_transmission),
    "mail": Source(_mails, _mail, _retry_mail),
    "failure": Source(_failures, _failure, _retry_failure),
}
