"""What the audit log holds about a person (GDPR articles 5, 15, 17)."""

from django.utils.translation import gettext_lazy as _

from people import personal
from people.personal import Erasing


def declare() -> None:
    """Say it."""
    numbers = _("The log can forget nothing. It holds numbers and no names: who is erased is a number there, too.")
    personal.exported("audit-log", "trail.Entry", erasing=Erasing.KEEP, why=numbers)
    personal.exported(
        "audit-addresses",
        "trail.Whereabouts",
        through=("entry__person",),
        erasing=Erasing.KEEP,
        why=_("Goes by itself, sooner than the log."),
    )
