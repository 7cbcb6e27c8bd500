"""Second factors in the audit log: added, removed, made anew, and tried in vain. Imported where allauth.mfa is installed."""

from typing import Any

from allauth.mfa import signals

from people.models import Person
from trail.entries import write, write_few
from trail.models import Kind
from trail.origin import Thing, here
from trail.things import PERSON


def watch() -> None:
    """Begin to listen. Called once, when the app is ready."""
    signals.authenticator_added.connect(_was_added, dispatch_uid="trail")
    signals.authenticator_removed.connect(_was_removed, dispatch_uid="trail")
    signals.authenticator_reset.connect(_was_reset, dispatch_uid="trail")
    signals.authentication_failed.connect(_failed, dispatch_uid="trail")


def _was_added(*, user: Person, authenticator: Any, **_: Any) -> None:
    _tell("factor-added", user, authenticator)


def _was_removed(*, user: Person, authenticator: Any, **_: Any) -> None:
    _tell("factor-removed", user, authenticator)


def _was_reset(*, user: Person, authenticator: Any, **_: Any) -> None:
    _tell("factor-reset", user, authenticator)


def _tell(what: str, person: Person, authenticator: Any) -> None:
    """Whose factor, of which kind (`totp`, `webauthn`, `recovery_codes`); never the factor itself."""
    write(Kind.ACCESS, f"{what}:{authenticator.type}", person=here().person or person.pk, thing=Thing(PERSON, person.pk))


def _failed(*, user: Person, **_: Any) -> None:
    write_few(Kind.FAILED, "wrong-factor", person=user.pk)
