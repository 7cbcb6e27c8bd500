"""The open sign-ins of a person: where they are signed in, and ending that (OWASP ASVS 5, 7.4 and 7.5)."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from people.models import Person
from sign_in import devices


@dataclass(frozen=True)
class SignIn:
    """One open sign-in, as its own person sees it."""

    pk: int
    device: str
    address: str
    since: datetime
    seen_at: datetime
    is_this: bool


def open_of(*, person: Person, this: str | None) -> list[SignIn]:
    """All open sign-ins of `person`, this one first, then by when they were last seen; `this` is the key of the session that asks."""
    rows = UserSession.objects.purge_and_list(person)
    found = [
        SignIn(row.pk, devices.name_of(row.user_agent), row.ip, row.created_at, row.last_seen_at, row.session_key == this) for row in rows
    ]
    return sorted(found, key=lambda each: (each.is_this, each.seen_at), reverse=True)


@transaction.atomic
def end(*, person: Person, number: int) -> None:
    """End the one of theirs with this number: whoever uses it has to sign in again. Another's is as if it had ended: nothing happens."""
    found = UserSession.objects.select_for_update().filter(pk=number, user=person).first()
    if found is not None:
        found.end()


@transaction.atomic
def end_others(*, person: Person, but: str | None) -> int:
    """End all of `person` but the one with the session key `but`; returns how many that were."""
    others = list(UserSession.objects.select_for_update().filter(user=person).exclude(session_key=but or "").order_by("pk"))
    for each in others:
        each.end()
    return len(others)


def seen(*, session: SessionBase, at: datetime) -> None:
    """Note that a sign-in is in use."""
    UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=at)
