"""The outbox: whatever tells somebody something writes it here, in the transaction that caused it (rule M4).

A notice is finished text in its reader's language and time zone. It stands or falls with what it tells of, is
written once however often that is retried, and is delivered later by `notices.delivery`: no page waits for a
mail server, and nothing is sent about what was rolled back.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from unicodedata import category
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from clients.access import has_duty
from clients.models import Provider, StaffDuty
from notices.models import Channel, Notice, NoticeState
from people.models import Person

SUBJECT_LENGTH = 200


def write(*, cause: str, person: Person, subject: str, body: str, at: datetime) -> Notice:
    """Queue one e-mail to `person`, in the caller's transaction (rule M4).

    `cause` names the event (`session:42:confirmed:1`). The same cause to the same address again returns the first
    notice, whatever the text says now. The subject becomes one line of at most 200 characters.
    """
    return write_to_address(cause=cause, address=person.email, language=person.language, text=(subject, body), at=at, person=person)


def write_to_address(
    *, cause: str, address: str, language: str, text: tuple[str, str], at: datetime, person: Person | None = None
) -> Notice:
    """Queue one e-mail, `text` being (subject, body), to an address that may belong to nobody we know (rule M4)."""
    subject, body = text
    notice, _ = Notice.objects.get_or_create(
        cause=cause,
        address=address,
        channel=Channel.EMAIL,
        defaults={
            "person": person,
            "language": language,
            "subject": one_line(subject)[:SUBJECT_LENGTH],
            "body": _printable(body),
            "written_at": at,
            "due_at": at,
        },
    )
    return notice


def compose(*, cause: str, people: Iterable[Person], template: str, context: Mapping[str, Any], at: datetime) -> list[Notice]:
    """Render `<template>.subject.txt` and `<template>.body.txt` for each person, and queue them (rules M4, P4).

    Each text is in its reader's language and time zone. Besides `context` the templates know `person`, `provider`
    and `base_url`. People who may no longer sign in get nothing.
    """
    shared = {**context, "provider": Provider.objects.filter(pk=1).first(), "base_url": settings.BASE_URL}
    return [
        write(
            cause=cause,
            person=person,
            subject=_render(f"{template}.subject.txt", {**shared, "person": person}, person.language, person.zone),
            body=_render(f"{template}.body.txt", {**shared, "person": person}, person.language, person.zone),
            at=at,
        )
        for person in people
        if person.is_active
    ]


def written(causes: Iterable[str]) -> set[str]:
    """Those of `causes` of which somebody has been told, for jobs that would otherwise compose them again at each tick."""
    return set(Notice.objects.filter(cause__in=list(causes)).values_list("cause", flat=True))


def withdraw(*, cause: str) -> int:
    """Take back what tells of an event that did not come about after all, unless it was tried to be sent (rule M4).

    Returns how many notices that were.
    """
    return Notice.objects.filter(cause=cause, state=NoticeState.WAITING, attempts=0).delete()[0]


def withdraw_all(*, prefix: str) -> int:
    """Take back whatever of these causes has not reached its reader, also what was tried in vain (rule M4).

    For texts that would be wrong if they came later: a reminder of a start that was left. Returns how many that were.
    """
    return Notice.objects.filter(cause__startswith=prefix, state=NoticeState.WAITING).delete()[0]


def visible_to(person: Person) -> QuerySet[Notice]:
    """The notices that `person` may read as an operator: all of them for an administrator, none for anybody else."""
    if person.is_active and has_duty(person, StaffDuty.ADMINISTRATOR):
        return Notice.objects.all()
    return Notice.objects.none()


def one_line(text: str) -> str:
    """The text as one line without control characters, so that it cannot add a header to a mail."""
    return " ".join(_printable(text, keep="").split())


def _render(template: str, context: dict[str, Any], language: str, zone: ZoneInfo) -> str:
    """Plain text: nothing is escaped, for nothing here is HTML."""
    with translation.override(language), timezone.override(zone):
        plain = get_template(template).template  # type: ignore[attr-defined]  # Django's own, beneath the back end's wrapper
        return str(plain.render(Context(context, autoescape=False))).strip()


def _printable(text: str, keep: str = "\n\t") -> str:
    """The text without control characters (a database or a mail server may refuse them); all line ends are LF."""
    lines = "\n".join(text.splitlines())
    return "".join(" " if category(character) in ("Cc", "Cs") and character not in keep else character for character in lines).rstrip()
