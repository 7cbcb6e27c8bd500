"""Holding whatever leaves the house, in an installation that was made of a copy (rule M4).

Its outbox, its e-invoices and its payments stand as they stood when the copy was made. The original has gone on
since: sent them, or been told to. So a restored installation sends nothing until somebody releases it, and what waited when
the hold began is then left for a person, for whom the original's own records are at hand.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, Model, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Provider
from core.errors import DomainError
from notices.models import Notice, NoticeState, OutgoingHold

Row = TypeVar("Row", bound=Model)
SetAside = Callable[[datetime, str, datetime], int]

RESTORED = "restored copy: outgoing is held"
MOVED = "moved to another database: outgoing is held"

_set_aside: dict[str, SetAside] = {}


class OutgoingHeld(DomainError):
    """Nothing leaves the house: this is a restored copy."""

    message = gettext_lazy("This is a restored copy, and nothing leaves it until an operator releases it. Nothing has changed.")


class NotHeld(DomainError):
    """There is no hold to release."""

    message = gettext_lazy("Nothing is held. Nothing has changed.")


def set_aside_by(name: str, function: SetAside) -> None:
    """Let an app say how what it was about to send is left for a person.

    Called with the instant before which that was written, the words for it, and the instant of now; returns how many.
    """
    _set_aside[name] = function


def hold(*, reason: str, at: datetime, using: str = "default") -> OutgoingHold:
    """Let nothing out from now on. The same reason again changes nothing while it holds."""
    standing = OutgoingHold.objects.using(using)
    found = standing.filter(reason=reason, released_at=None).first()
    return found or standing.create(reason=reason, held_at=at)


def is_held() -> bool:
    """Whether nothing may leave the house."""
    return _open().exists()


def reason() -> str:
    """Why nothing may leave the house, as the latest hold says; empty where nothing is held."""
    return _open().order_by("-held_at").values_list("reason", flat=True).first() or ""


def check_free() -> None:
    """Raises OutgoingHeld."""
    if is_held():
        raise OutgoingHeld


def unheld(rows: QuerySet[Row]) -> QuerySet[Row]:
    """These rows, or none of them while there is a hold; asked in the same statement, so that none slips through."""
    return rows.filter(~Exists(_open()))


@transaction.atomic
def release(*, at: datetime) -> dict[str, int]:
    """Let things out again; returns what was left for a person, by kind. Raises NotHeld.

    What was written before the hold and has not left is not sent: a notice counts as failed, and is sent by hand
    from the page *Mail*; of sign-in mails nothing is kept. What was written since goes out.
    """
    holds = list(_open().select_for_update().order_by("held_at"))
    if not holds:
        raise NotHeld
    with translation.override(_language()):
        words = _("It waited when the copy was made, and the original may have sent it.")
        held_at = holds[-1].held_at
        left = {"notices": _set_notices_aside(held_at, words)} | {name: act(held_at, words, at) for name, act in _set_aside.items()}
    _open().update(released_at=at, set_aside=sum(left.values()))
    return left


def _open() -> QuerySet[OutgoingHold]:
    return OutgoingHold.objects.filter(released_at=None)


def _set_notices_aside(before: datetime, words: str) -> int:
    waiting = Notice.objects.filter(state=NoticeState.WAITING, written_at__lte=before)
    waiting.filter(cause__startswith="sign-in:").update(body="")
    return waiting.update(state=NoticeState.FAILED, last_error=words)


def _language() -> str:
    provider = Provider.objects.filter(pk=1).first()
    return provider.language if provider else "en"
