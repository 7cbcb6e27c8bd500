"""The mailroom: what comes in by mail is kept first, and then led to whoever knows what to do about it (rule S8).

A mail is kept whole, byte for byte, before anything looks into it; the same bytes again are the same mail. Then each
one, in a transaction of its own, goes to the first route that takes it. What no route takes is held for staff, except
what machines send to everybody: that is ignored, and kept all the same. So nothing is lost, and whatever is wrong with
one mail keeps no other waiting: a try is counted before it is made, and after the last one the mail is held.

Routes are registered when their app is ready, and asked from the lowest floor upwards, like the sections of the
provider profile; whoever takes all that is left is asked last. A route decides by itself what it does about automatic
mail (`notices.machine_mail`); none answers it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from clients.access import has_duty
from clients.models import StaffDuty
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from notices import bounces, incoming, machine_mail
from notices.delivery import LONGEST_RUN, MOST_AT_ONCE, pause_after
from notices.incoming import Mail
from notices.machine_mail import Sign
from notices.models import IncomingMail, MailState
from notices.outbox import one_line
from people.models import Person

LARGEST = 50 * 1024 * 1024
"""Bytes. A larger mail is refused where it comes from, so that its sender is told, or stays in the mailbox."""
MOST_ATTEMPTS = 5
LEASE = timedelta(minutes=15)

UNKNOWN = gettext_noop("Nothing in it says what it is about. Somebody has to read it.")
TOO_LARGE = gettext_noop("The mail is too large to be taken in. It stays in the mailbox; only its head is kept here.")
DID_NOT_ARRIVE = gettext_noop("A mail of ours did not arrive. Somebody has to see how its reader can be reached.")
COMPLAINED = gettext_noop("Somebody marked a mail of ours as unwanted. Ask them before more is written to them.")
REPORTED = gettext_noop("A mail server reports about a mail of ours: it is late, or was read. Nothing has to be done.")
NEVER_CAME_BACK = gettext_noop("Handling it never came to an end, however often it was tried.")
IGNORED = (Sign.OWN, Sign.AUTO_SUBMITTED, Sign.PRECEDENCE, Sign.LIST)
"""Machine mail that is of no use to staff. Reports, and what only lacks a return address, are held for them."""

logger = logging.getLogger(__name__)


class MailTooLarge(DomainError):
    """The mail is larger than any that is taken in. It was not kept, and whoever hands it in must say so to its sender."""

    message = _("This mail is too large. Nothing of it was kept.")


class MailNotHeld(DomainError):
    """Only what is held for staff is handled again by hand."""

    message = _("This mail is not held: it has been dealt with, or will be by itself. Nothing has changed.")


@dataclass(frozen=True)
class Outcome:
    """What a route made of a mail. `told` is a whole sentence in English that the catalogue knows: pages translate it."""

    state: MailState
    told: str


Takes = Callable[[Mail], bool]
Handle = Callable[[Mail, IncomingMail, datetime], Outcome]


@dataclass(frozen=True)
class Route:
    """One kind of mail: how it is recognised, and what is done about it. `is_last`: asked when no other takes the mail."""

    takes: Takes
    handle: Handle
    is_last: bool = False


_ROUTES: dict[str, Route] = {}


def register(name: str, takes: Takes, handle: Handle) -> None:
    """Let an app answer for a kind of mail. Called once, from its AppConfig.ready.

    `handle` gets the mail, its row and the instant, inside a transaction; what it raises undoes what it did, and the
    mail is tried again later. It must not talk to a network.
    """
    _ROUTES[name] = Route(takes, handle)


def register_last(name: str, takes: Takes, handle: Handle) -> None:
    """The same for who takes whatever people write: asked after all others, whatever floor those are on."""
    _ROUTES[name] = Route(takes, handle, is_last=True)


def receive(*, raw: bytes, source: str, at: datetime) -> IncomingMail:
    """Keep a mail, whole, before anything is read of it (rule S8). The same bytes again return the first row.

    `source` says how it came: `imap`, `pipe`, `webhook`. Raises MailTooLarge above `LARGEST` bytes, and keeps nothing then.
    """
    if len(raw) > LARGEST:
        raise MailTooLarge
    return _keep(raw, source, {"received_at": at, "due_at": at})


def receive_head(*, head: bytes, source: str, at: datetime) -> IncomingMail:
    """Keep the head of a mail that is too large and stays where it is, and hold it for staff (rule S8)."""
    held = {"state": MailState.HELD, "outcome": TOO_LARGE, "handled_at": at, **_facts(incoming.parse(head))}
    return _keep(head[: LARGEST - 1], source, {"received_at": at, "due_at": at, **held})


def handle_due(*, at: datetime) -> int:
    """Deal with the mails that wait, the longest due first; returns how many are done with (rule S8).

    Ends after about a minute; the rest is for the next tick. Never called inside a transaction.
    """
    ends = monotonic() + LONGEST_RUN.total_seconds()
    _give_up(at)
    done = 0
    waiting = IncomingMail.objects.filter(state=MailState.WAITING, due_at__lte=at).order_by("due_at", "pk")
    for pk in list(waiting.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        mail = _claim(pk, at)
        if mail is not None:
            done += _deal_with(mail, at)
        if monotonic() > ends:
            break
    return done


@transaction.atomic
def retry(*, mail: IncomingMail, by: Person, at: datetime) -> IncomingMail:
    """Let a held mail go through the routes once more. Raises NotAllowed unless `by` is an administrator, or MailNotHeld."""
    if not has_duty(by, StaffDuty.ADMINISTRATOR):
        raise NotAllowed
    held = IncomingMail.objects.filter(pk=mail.pk, state=MailState.HELD)
    if not held.update(state=MailState.WAITING, attempts=0, due_at=at, handled_at=None, route="", outcome=""):
        raise MailNotHeld
    logger.info("person %s lets incoming mail %s be handled again", by.pk, mail.pk)
    return visible_to(by).get(pk=mail.pk)


def settle(*, mail: IncomingMail, outcome: Outcome, route: str, at: datetime) -> None:
    """A held mail was dealt with by a person. Raises MailNotHeld: somebody else was first."""
    held = IncomingMail.objects.filter(pk=mail.pk, state=MailState.HELD)
    if not held.update(state=outcome.state, outcome=one_line(outcome.told)[:500], handled_at=at, route=route):
        raise MailNotHeld


def visible_to(person: Person) -> QuerySet[IncomingMail]:
    """The mails that `person` may read as an operator: all for an administrator, none for anybody else. Without their bytes."""
    if person.is_active and has_duty(person, StaffDuty.ADMINISTRATOR):
        return IncomingMail.objects.defer("raw")
    return IncomingMail.objects.none()


def _keep(raw: bytes, source: str, columns: dict[str, object]) -> IncomingMail:
    defaults = {"raw": raw, "size": len(raw), "source": source, **columns}
    mail, _ = IncomingMail.objects.defer("raw").get_or_create(digest=sha256(raw).hexdigest(), defaults=defaults)
    return mail


def _claim(pk: int, at: datetime) -> IncomingMail | None:
    """The mail, ours to handle until the lease runs out; None if another loop was quicker."""
    with transaction.atomic(durable=True):
        waiting = IncomingMail.objects.filter(pk=pk, state=MailState.WAITING, due_at__lte=at)
        if not waiting.update(due_at=at + LEASE, attempts=F("attempts") + 1):
            return None
    return IncomingMail.objects.get(pk=pk)


@at_one_moment()
def _deal_with(mail: IncomingMail, at: datetime) -> bool:
    """One try: read it, and let its route act in one transaction. Whatever goes wrong is this mail's own affair."""
    try:
        read = incoming.parse(bytes(mail.raw))
        with transaction.atomic():
            ours = IncomingMail.objects.select_for_update().defer("raw")
            row = ours.filter(pk=mail.pk, state=MailState.WAITING, attempts=mail.attempts).first()
            if row is None:
                return False
            route, outcome = _led(read, row, at)
            _end(row, outcome, at, route=route, **_facts(read))
    except Exception as error:
        logger.warning("incoming mail %s was not handled: %s", mail.pk, type(error).__name__, exc_info=True)
        _put_off(mail, error, at)
        return False
    return True


def _led(read: Mail, row: IncomingMail, at: datetime) -> tuple[str, Outcome]:
    """The route that takes the mail, and what it did; without one, what becomes of mail that nobody takes."""
    sign = machine_mail.sign_of(read)
    if sign != Sign.OWN:
        for name, route in _in_turn():
            if route.takes(read):
                return name, route.handle(read, row, at)
    if sign == Sign.REPORT and (report := bounces.read(read)) is not None:
        bounces.record(report, row, at=at)
        return "", _reported(report)
    told = machine_mail.SAID[sign] if sign else UNKNOWN
    return "", Outcome(MailState.IGNORED if sign in IGNORED else MailState.HELD, told)


def _in_turn() -> list[tuple[str, Route]]:
    """The routes as they are asked: apps that stand lower get ready later, and come first; the last ones come last."""
    upwards = list(reversed(_ROUTES.items()))
    return [item for item in upwards if not item[1].is_last] + [item for item in upwards if item[1].is_last]


def _reported(report: bounces.Report) -> Outcome:
    """Staff see what did not arrive and what somebody complained about; the rest is kept and needs nobody."""
    if report.complained:
        return Outcome(MailState.HELD, COMPLAINED)
    return Outcome(MailState.HELD, DID_NOT_ARRIVE) if report.failed else Outcome(MailState.HANDLED, REPORTED)


def _facts(read: Mail) -> dict[str, str]:
    """What lists show of a mail."""
    return {"message_id": read.message_id[:255], "sender": read.author[:254], "subject": read.subject[:200]}


def _end(row: IncomingMail, outcome: Outcome, at: datetime, **columns: str) -> None:
    told = one_line(outcome.told)[:500]
    IncomingMail.objects.filter(pk=row.pk).update(state=outcome.state, outcome=told, handled_at=at, **columns)


def _put_off(mail: IncomingMail, error: Exception, at: datetime) -> None:
    """Try again later, or hold it after the last try; a claim that another loop has taken over is left alone."""
    ours = IncomingMail.objects.filter(pk=mail.pk, state=MailState.WAITING, attempts=mail.attempts)
    reason = one_line(f"{type(error).__name__}: {error}")[:500]
    if mail.attempts < MOST_ATTEMPTS:
        ours.update(due_at=at + pause_after(mail.attempts), outcome=reason)
    else:
        ours.update(state=MailState.HELD, handled_at=at, outcome=reason)


def _give_up(at: datetime) -> None:
    """Mails whose last try never came back (the process died in it) are held, not tried for ever."""
    lost = IncomingMail.objects.filter(state=MailState.WAITING, due_at__lte=at, attempts__gte=MOST_ATTEMPTS)
    lost.update(state=MailState.HELD, handled_at=at, outcome=NEVER_CAME_BACK)
