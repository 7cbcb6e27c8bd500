"""What the audit log holds about a person (GDPR articles 5, 15, 17)."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from people import keeping, personal
from people.keeping import Keeping
from people.personal import Erasing
from trail.models import Whereabouts


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
    keeping.register(
        Keeping(
            name="audit-addresses",
            title=_("Network addresses beside the audit log"),
            why=_("To find out who was behind a sign-in or an attempt. The installation’s AUDIT_ADDRESS_DAYS says how long."),
            days=settings.AUDIT_ADDRESS_DAYS,
            due=lambda before: Whereabouts.objects.filter(at__lt=before),
            since="at",
        )
    )
