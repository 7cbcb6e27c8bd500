"""What the tables of people, sign-in and the administration hold about a person (GDPR articles 5, 15, 17)."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people import keeping, personal
from people.keeping import Keeping
from people.models import Person
from people.personal import Erasing

ACCOUNT = "account"


def declare() -> None:
    """Say it."""
    numbered = _("It bears a number instead of a name, and an address that reaches nobody.")
    personal.exported(ACCOUNT, "people.Person", hidden=("password",), why=numbered)
    personal.exported(ACCOUNT, "account.EmailAddress", "people.Person_groups", "people.Person_user_permissions", erasing=Erasing.REMOVE)
    personal.exported("administration-log", "admin.LogEntry")
    personal.left_out(_("Ends with signing out, and holds nothing but who signed in."), "sessions.Session", "account.EmailConfirmation")
    personal.left_out(_("Names of rights and tables."), "auth.Permission", "auth.Group", "contenttypes.ContentType")
    personal.left_out(_("Of jobs and counts, and of nobody."), "core.Lease", "core.Tally", erasing=Erasing.KEEP)
    personal.left_out(_("Says what failed, until it goes well."), "core.Failure")
    personal.known_by(ACCOUNT, lambda person: EmailAddress.objects.filter(user=person).values_list("email", flat=True))
    personal.when_leaving(ACCOUNT, sign_out_everywhere)
    keeping.register(
        Keeping(
            name="sign-ins",
            title=_("Sign-ins that have ended"),
            why=_("Nothing needs them once they are over."),
            days=1,
            due=lambda before: Session.objects.filter(expire_date__lt=before),
            since="expire_date",
            purge=lambda keys, _at: _deleted(Session.objects.filter(pk__in=keys)),
        )
    )
    keeping.register(
        Keeping(
            name="administration-log",
            title=_("Log of the administration"),
            why=_("Five years, to find out who changed a setting."),
            days=5 * 365,
            due=lambda before: LogEntry.objects.filter(action_time__lt=before),
            since="action_time",
            purge=lambda keys, _at: _deleted(LogEntry.objects.filter(pk__in=keys)),
        )
    )


def sign_out_everywhere(person: Person, at: datetime) -> None:
    """End every sign-in of a person."""
    mine = [row.pk for row in Session.objects.filter(expire_date__gte=min(at, timezone.now())).iterator() if _is_of(row, person)]
    Session.objects.filter(pk__in=mine).delete()


def _is_of(row: Session, person: Person) -> bool:
    return str(row.get_decoded().get("_auth_user_id")) == str(person.pk)


def _deleted(rows: "QuerySet[Session] | QuerySet[LogEntry]") -> int:
    return rows.delete()[0]
