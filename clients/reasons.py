"""Why a duty, a place, an agreement or a limit was changed: kept with the history of the row, where the audit log reads it.

Rules: People, C14, P3, I7, D1.
"""

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

LONGEST = 100
"""Characters, as the history has room for."""


class ReasonMissing(DomainError):
    """This is only done with a reason that others can read."""

    message = _("Please say why, in 100 characters at most: it is kept in the audit log. Nothing has changed.")


def checked(reason: str) -> str:
    """The reason as it is kept. Raises ReasonMissing."""
    said = " ".join(reason.replace("\0", "").split())
    if not 0 < len(said) <= LONGEST:
        raise ReasonMissing
    return said


def because(row: Model, reason: str) -> None:
    """Let the history of `row` say why, with its next change or its end."""
    row._change_reason = reason  # type: ignore[attr-defined]  # how django-simple-history takes it
