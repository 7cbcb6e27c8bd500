"""The outbox: whatever tells somebody something writes it here, in the transaction that caused it (rule M4).

A notice is finished text in its reader's language and time zone. It stands or falls with what it tells of, is
written once however often that is retried, and is delivered later by `notices.delivery`: no page waits for a
mail server, and nothing is sent about what was rolled back.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from unicodedata import category
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from clients import provider
from clients.access import has_duty
from clients.models import StaffDuty
from core.errors import DomainError
from notices.choices import ways
from notices.files import Files
from notices.models import Channel, Notice, NoticeState
from people.models import Person
from people.phones import is_e164

SUBJECT_LENGTH = 200
MOST_REFERENCES = 12

_NUMBER = re.compile(r"^\[#\d+\]\s*")


class MobileMissing(DomainError):
    """No text can be sent to somebody whose number is not known."""

    message = _("No mobile phone is known for this person. Nothing was sent.")


class Reader(Protocol):
    """Whose language and time zone a text is written in: a person, or the provider."""

    @property
    def language(self) -> str:
        """The code of the language in which they read."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which they read times."""


@dataclass(frozen=True)
class CalendarPart:
    """An iCalendar object that goes with a mail, and its METHOD. The mail comes from `sender`, its ORGANIZER (RFC 6047)."""

    method: str
    text: str
    sender: str

    @property
    def columns(self) -> dict[str, str]:
        """The columns of a notice that keep it."""
        return {"method": self.method, "calendar": self.text, "sender": self.sender}

    def subject(self, text: str) -> str:
        """The subject as it is."""
        return text


@dataclass(frozen=True)
class Thread:
    """Where a mail stands in a conversation (RFC 5322): its own Message-ID, what it answers, and where answers to it go.

    `references` are Message-IDs, oldest first. `tag` goes first in the subject, instead of a `[#number]` there.
    `by_person`: a person wrote it, so that it does not bear the mark of a machine.
    """

    message_id: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    tag: str = ""
    by_person: bool = False

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a notice that keep it."""
        kept = {name: getattr(self, name) for name in ("message_id", "in_reply_to", "reply_to", "by_person")}
        return kept | {"references": " ".join(self.references)}

    def subject(self, text: str) -> str:
        """The subject with the tag."""
        return f"{self.tag} {_NUMBER.sub('', text)}" if self.tag else text


def following(earlier: Sequence[str], *, message_id: str, reply_to: str, tag: str = "", by_person: bool = False) -> Thread:
    """The thread of a mail that follows the `earlier` Message-IDs of its reader, oldest first: it references the first and the last."""
    return Thread(
        message_id=message_id,
        in_reply_to=earlier[-1] if earlier else "",
        references=(*earlier[:1], *earlier[1:][1 - MOST_REFERENCES :]),
        reply_to=reply_to,
        tag=tag,
        by_person=by_person,
    )


def write(*, cause: str, person: Person, subject: str, body: str, at: datetime, calendar: CalendarPart | None = None) -> Notice:
    """Queue one e-mail to `person`, in the caller's transaction (rule M4).

    `cause` names the event (`session:42:confirmed:1`). The same cause to the same address again returns the first
    notice, whatever the text says now. The subject becomes one line of at most 200 characters.
    """
    return _queue(_to(person, cause=cause, text=(subject, body), at=at, extra=calendar))


def write_to_address(
    *, cause: str, address: str, language: str, text: tuple[str, str], at: datetime, person: Person | None = None
) -> Notice:
    """Queue one e-mail, `text` being (subject, body), to an address that may belong to nobody we know (rule M4)."""
    return _queue(_notice(text, at, cause=cause, address=address, language=language, person=person))


def write_with_files(*, cause: str, address: str, language: str, text: tuple[str, str], at: datetime, files: Files) -> Notice:
    """The same with files, which are read when it is sent."""
    return _queue(_notice(text, at, cause=cause, address=address, language=language, **files.columns))


def write_in_thread(*, cause: str, address: str, language: str, text: tuple[str, str], at: datetime, thread: Thread) -> Notice:
    """The same within a conversation."""
    subject, body = text
    return _queue(_notice((thread.subject(subject), body), at, cause=cause, address=address, language=language, **thread.columns))


def compose(
    *,
    cause: str,
    people: Iterable[Person],
    template: str,
    context: Mapping[str, Any],
    at: datetime,
    extras: Mapping[int, CalendarPart | Thread | Files] | None = None,
) -> list[Notice]:
    """Render `<template>.subject.txt` and `<template>.body.txt` for these people, and queue them (rules M4, P4, R4).

    Each text is in its reader's language and time zone. Besides `context` the templates know `person`, `provider`
    and `base_url`. `extras`, by the number of the person, are calendar objects or files that go with the mails, or the
    threads that they stand in. People who may no longer sign in get nothing, nor do those who
    have chosen this kind away; who has asked for texts gets the subject as one. As many queries for many people as for one.
    """
    shared = {**context, "provider": provider.known(), "base_url": settings.BASE_URL}
    notices: list[Notice] = []
    readers = [person for person in people if person.is_active]
    wanted = ways(template, readers)
    for person in readers:
        if not wanted[person.pk]:
            continue
        text = _text(template, {**shared, "person": person}, person)
        if Channel.EMAIL in wanted[person.pk]:
            notices.append(_to(person, cause=cause, text=text, at=at, extra=(extras or {}).get(person.pk)))
        if Channel.SMS in wanted[person.pk]:
            facts = {"channel": Channel.SMS, "address": person.mobile, "language": person.language, "person": person}
            notices.append(_notice((text[0], text[0]), at, cause=cause, **facts))
    return _queue_all(notices)


def write_sms(*, cause: str, person: Person, text: str, at: datetime) -> Notice:
    """Queue one text to the mobile phone of `person`, in the caller's transaction (rule M4). Once for each cause.

    Raises MobileMissing where no number is known that a text could be sent to.
    """
    if not is_e164(person.mobile):
        raise MobileMissing
    facts = {"channel": Channel.SMS, "address": person.mobile, "language": person.language, "person": person}
    return _queue(_notice((text, text), at, cause=cause, **facts))


def write_webhook(*, cause: str, receiver: str, subject: str, event: Mapping[str, Any], at: datetime) -> Notice:
    """Queue one event, plain values by name, to a webhook, in the caller's transaction (rule M4). Once for each cause.

    `receiver` names whose webhook it is (`rota:network`): address and secret are looked up when it is sent.
    """
    body = json.dumps(event, ensure_ascii=True, separators=(",", ":"))
    facts = {"channel": Channel.WEBHOOK, "address": receiver, "language": provider.current().language}
    return _queue(_notice((subject, body), at, cause=cause, **facts))


def render(template: str, context: Mapping[str, Any], reader: Reader) -> str:
    """The template as plain text in the reader's language and zone: nothing is escaped, for nothing here is HTML."""
    with translation.override(reader.language), timezone.override(reader.zone):
        plain = get_template(template).template  # type: ignore[attr-defined]  # Django's own, beneath the back end's wrapper
        return str(plain.render(Context(dict(context), autoescape=False))).strip()


def written(causes: Iterable[str]) -> set[str]:
    """Those of `causes` of which somebody has been told, for jobs that would otherwise compose them again at each tick."""
    return set(Notice.objects.filter(cause__in=list(causes)).values_list("cause", flat=True))


def withdraw(*, cause: str) -> int:
    """Take back what tells of an event that did not come about after all, unless it was tried to be sent (rule M4).

    Returns how many notices that were.
    """
    return Notice.objects.filter(cause=cause, state=NoticeState.WAITING, attempts=0).delete()[0]


def withdraw_all(*, prefix: str, people: Iterable[Person] | None = None) -> int:
    """Take back whatever of these causes has not reached its reader, or one of `people`, also what was tried in vain (rule M4).

    For texts that would be wrong if they came later: a reminder of a start that was left. Returns how many that were.
    """
    waiting = Notice.objects.filter(cause__startswith=prefix, state=NoticeState.WAITING)
    return (waiting if people is None else waiting.filter(person__in=people)).delete()[0]


def outdate_calendars(*, prefix: str, people: Iterable[Person]) -> int:
    """Take the calendar objects out of what `people` have not been sent yet of these causes; the texts stay (rule R4).

    A later object tells all that they did. One that came after it could bring back what it took away: a REQUEST that
    waits for its next try, or that an operator sends again, after the CANCEL. Returns how many that were.
    """
    unsent = Notice.objects.filter(cause__startswith=prefix, person__in=people, state__in=[NoticeState.WAITING, NoticeState.FAILED])
    return unsent.exclude(calendar="").update(calendar="", method="", sender="")


def visible_to(person: Person) -> QuerySet[Notice]:
    """The notices that `person` may read as an operator: all of them for an administrator, none for anybody else."""
    if person.is_active and has_duty(person, StaffDuty.ADMINISTRATOR):
        return Notice.objects.all()
    return Notice.objects.none()


def one_line(text: str) -> str:
    """The text as one line without control characters, so that it cannot add a header to a mail."""
    return " ".join(_printable(text, keep="").split())


def _text(template: str, context: Mapping[str, Any], reader: Person) -> tuple[str, str]:
    """Subject and body."""
    return render(f"{template}.subject.txt", context, reader), render(f"{template}.body.txt", context, reader)


def _to(person: Person, *, cause: str, text: tuple[str, str], at: datetime, extra: CalendarPart | Thread | Files | None) -> Notice:
    facts = extra.columns if extra else {}
    text = (extra.subject(text[0]), text[1]) if extra else text
    return _notice(text, at, cause=cause, address=person.email, language=person.language, person=person, **facts)


def _notice(text: tuple[str, str], at: datetime, **facts: Any) -> Notice:
    subject, body = text
    subject = one_line(subject)[:SUBJECT_LENGTH]
    return Notice(subject=subject, body=_printable(body), written_at=at, due_at=at, **facts)


def _queue(notice: Notice) -> Notice:
    return _queue_all([notice])[0]


def _queue_all(notices: list[Notice]) -> list[Notice]:
    """These notices as they stand in the outbox: what was written before of the same cause, to the same address, stays."""
    standing = _standing(notices)
    fresh = {_key(notice): notice for notice in notices if _key(notice) not in standing}
    if not fresh:
        return [standing[_key(notice)] for notice in notices]
    try:
        with transaction.atomic():
            Notice.objects.bulk_create(fresh.values())
    except IntegrityError:  # somebody else has written one of them at the same moment
        standing = _standing(notices)
        for key, notice in fresh.items():
            if key not in standing:
                notice.save(force_insert=True)
    return [standing.get(_key(notice)) or fresh[_key(notice)] for notice in notices]


def _standing(notices: list[Notice]) -> dict[tuple[str, str, str], Notice]:
    if not notices:
        return {}
    causes, addresses = {notice.cause for notice in notices}, {notice.address for notice in notices}
    found = Notice.objects.filter(cause__in=causes, address__in=addresses)
    return {_key(notice): notice for notice in found}


def _key(notice: Notice) -> tuple[str, str, str]:
    return notice.cause, notice.address, notice.channel


def _printable(text: str, keep: str = "\n\t") -> str:
    """The text without control characters (a database or a mail server may refuse them); all line ends are LF."""
    lines = "\n".join(text.splitlines())
    return "".join(" " if category(character) in ("Cc", "Cs") and character not in keep else character for character in lines).rstrip()
