"""The open sign-ins of a person: where they are signed in, and ending that (OWASP ASVS 5, 7.4 and 7.5)."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
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
def end_others(*, person: Person, but: SessionBase | None, shown_round: int | None = None) -> int:
    """End all of `person` but the session `but`, those that stand in no list, too; returns how many stood there.

    They end by a round (`Person.sign_in_round`), which `but` is taken along into, and `person` learns of. With the round that a form
    was shown with, the same form ends them once: pressed again, what is in no list has been ended already.
    """
    kept = but if but is not None and but.get(SESSION_KEY) == str(person.pk) else None
    rows = UserSession.objects.select_for_update().filter(user=person)
    others = list((rows.exclude(session_key=kept.session_key) if kept is not None else rows).order_by("pk"))
    for each in others:
        each.end()
    if shown_round in {None, Person.objects.select_for_update().get(pk=person.pk).sign_in_round}:
        person.sign_out_everywhere()
    person.refresh_from_db(fields=["sign_in_round"])
    if kept is not None:
        kept[HASH_SESSION_KEY] = person.get_session_auth_hash()
        kept.save()  # with the round, or whoever asks meanwhile would be out
    return len(others)


def seen(*, session: SessionBase, at: datetime) -> None:
    """Note that a sign-in is in use."""
    UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=at)
