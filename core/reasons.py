"""Why something was done: asked of whoever does it, and kept where others read it."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

LONGEST_REASON = 500
"""Characters, as the records have room for."""


class ReasonMissing(DomainError):
    """This is only done with a reason that others can read, and none was given."""

    message = _("Please say why: others will read it. Nothing has changed.")


class ReasonTooLong(DomainError):
    """The reason does not fit into the record."""

    message = _("That is too long: 500 characters at most. Nothing has changed.")


def reasoned(reason: str) -> str:
    """The `reason` as it is kept. Raises ReasonMissing where nothing was said, ReasonTooLong beyond 500 characters."""
    said = reason.replace("\0", "").strip()
    if not said:
        raise ReasonMissing
    if len(said) > LONGEST_REASON:
        raise ReasonTooLong
    return said
