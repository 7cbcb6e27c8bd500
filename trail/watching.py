"""What the audit log hears of by itself: history, sign-ins, passwords and factors, looks at access instructions (rules C14, R3).

The house has no signals but these. A log that every verb had to remember would miss the one that forgot; here a row of history
and its entry are written in one transaction, whoever changed what.
"""

from datetime import datetime
from typing import Any

from allauth.account import signals as account
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save, pre_save
from simple_history.signals import post_create_historical_record

from people.models import Person
from sessions.models import AccessLook
from trail.entries import write, write_few
from trail.models import Kind
from trail.origin import Thing, here
from trail.things import PERSON, of_row

CHANGES = {"+": "added", "~": "changed", "-": "removed"}
"""What a row of history says of its kind."""
SESSION = "support_sessions.session"
RIGHTS = ("is_active", "is_staff", "is_superuser")
"""Columns of a person that say what they may do."""


def watch() -> None:
    """Begin to listen. Called once, when the app is ready."""
    post_create_historical_record.connect(_history_was_written, dispatch_uid="trail")
    post_save.connect(_somebody_looked, sender=AccessLook, dispatch_uid="trail")
    pre_save.connect(_person_will_change, sender=Person, dispatch_uid="trail")
    m2m_changed.connect(_rights_were_given, sender=Person.groups.through, dispatch_uid="trail")
    m2m_changed.connect(_rights_were_given, sender=Person.user_permissions.through, dispatch_uid="trail")
    account.user_logged_in.connect(_signed_in, dispatch_uid="trail")
    user_logged_out.connect(_signed_out, dispatch_uid="trail")
    user_login_failed.connect(_failed_to_sign_in, dispatch_uid="trail")


def _history_was_written(*, instance: Model, history_instance: Any, history_date: datetime, **_: Any) -> None:
    write(
        Kind.CHANGE,
        CHANGES[history_instance.history_type],
        person=history_instance.history_user_id,
        thing=of_row(instance),
        at=history_date,
        source=history_instance.history_id,
    )


def _somebody_looked(*, instance: AccessLook, created: bool, **_: Any) -> None:
    if created:
        session = Thing(SESSION, instance.session_id, instance.session.organisation_id)
        write(Kind.LOOK, "instructions", person=instance.person_id, thing=session, at=instance.at)


def _person_will_change(*, instance: Person, update_fields: frozenset[str] | None, **_: Any) -> None:
    """A person has no history: what they may do, their address and their password are told of, without the values of the last two.

    A password that is only hashed anew at a sign-in is saved by itself and is no change.
    """
    if instance._state.adding or (update_fields is not None and not {*RIGHTS, "email"} & update_fields):
        return
    before = Person.objects.filter(pk=instance.pk).values(*RIGHTS, "email", "password").first()
    if before is None:
        return
    thing, by = Thing(PERSON, instance.pk), here().person
    for name, value in (("is_active", instance.is_active), ("is_staff", instance.is_staff), ("is_superuser", instance.is_superuser)):
        if before[name] != value:
            write(Kind.CHANGE, f"{name}-{'on' if value else 'off'}", person=by, thing=thing)
    if before["email"] != instance.email:
        write(Kind.ACCESS, "email", person=by or instance.pk, thing=thing)
    if update_fields is None and before["password"] != instance.password:
        write(Kind.ACCESS, "password", person=by, thing=thing)


def _rights_were_given(*, instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_: Any) -> None:
    if action in {"post_add", "post_remove", "post_clear"}:
        for number in (pk_set or ()) if reverse else (instance.pk,):
            write(Kind.CHANGE, "rights", person=here().person, thing=Thing(PERSON, number))


def _signed_in(*, user: Person, **_: Any) -> None:
    write(Kind.SIGN_IN, "signed-in", person=user.pk)


def _signed_out(*, user: Person | None, **_: Any) -> None:
    if user is not None:
        write(Kind.SIGN_IN, "signed-out", person=user.pk)


def _failed_to_sign_in(*, credentials: dict[str, Any], **_: Any) -> None:
    """Whom the address names, if anybody. What was typed is not kept: people type passwords there."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    found = Person.objects.filter(email=typed.lower()).values_list("pk", flat=True).first() if typed else None
    write_few(Kind.FAILED, "wrong-password" if found else "unknown-address", person=found)
